import { tick } from 'svelte';

/** Where in the panel of a request somebody wants to be: said with a key, reached once it is there. */
export type Aim = 'match' | 'route' | 'ask';

let wanted = $state.raw<{ what: Aim; request: string } | null>(null);

export const aim = {
  at(what: Aim, request: string): void {
    wanted = { what, request };
  },
  /** Whether somebody is on the way to a part of this request. */
  isAt: (request: string) => wanted?.request === request,
};

/** Takes the focus when it is what somebody aimed at. */
export const aimedAt = (what: Aim, request: string) => (element: HTMLElement) => {
  if (wanted?.what !== what || wanted.request !== request) return;
  void tick().then(() => {
    wanted = null;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'nearest' });
  });
};
