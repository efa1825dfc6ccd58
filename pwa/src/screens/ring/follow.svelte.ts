import { cases, live, watched } from '@pwa/core.svelte';
import { placeOf } from '@pwa/memory';
import { here } from '@pwa/route.svelte';
import { chosenElsewhere, comesTogether, goes, looksAgain } from './ringing.svelte';

/** Screens that show everything of one kind. */
const KINDS: Partial<Record<string, string>> = { intake: 'intake', people: 'joined' };

let isVisible = $state(!document.hidden);

/** What goes on behind every screen: the badge on the app's icon, what is seen, and whether this phone rings. */
export function follows(): void {
  document.addEventListener('visibilitychange', () => {
    isVisible = !document.hidden;
    if (isVisible) void looksAgain();
  });
  addEventListener('storage', ({ key, newValue }) => {
    if (key === placeOf('ring')) void chosenElsewhere(newValue);
  });
  $effect.root(() => {
    const phase = $derived(live.status.phase);
    $effect(() => badges(phase === 'ready' ? live.status.unseen : 0));
    $effect(() => {
      if (phase === 'signed_out' || phase === 'revoked') goes();
    });
    $effect(() => void comesTogether());
    const inbox = watched(() => ({ view: 'inbox' as const }));
    const seen = $derived.by(() => {
      const { place, args } = here.route;
      const isShown = ({ kind, request }: { kind: string; request: string | null }) =>
        place === 'request' ? request === args[0] : kind === KINDS[place];
      return (inbox.current?.notices ?? []).filter((notice) => !notice.seen && isShown(notice)).map(({ id }) => id);
    });
    $effect(() => {
      // Whoever looks at what a notice is about has seen the notice, whichever way they came.
      if (seen.length > 0 && isVisible && !live.locked) void cases.seeNotices({ ids: seen }).catch(() => undefined);
    });
  });
}

function badges(count: number): void {
  const done = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  // A browser tab has no icon to put it on.
  done?.catch(() => undefined);
}
