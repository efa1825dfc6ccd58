import { tick } from 'svelte';

/** Where in the panel somebody wants to be: said with a key, reached once it is there. */
export type Aim = 'match' | 'route' | 'ask';

let wanted = $state<Aim | null>(null);

export const aim = {
  get wanted(): Aim | null {
    return wanted;
  },
  at(next: Aim): void {
    wanted = next;
  },
};

/** Takes the focus when it is what somebody aimed at. */
export const aimedAt = (what: Aim) => (element: HTMLElement) => {
  if (wanted !== what) return;
  void tick().then(() => {
    wanted = null;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'nearest' });
  });
};
