import { isAsking } from './address';
import { here } from './route.svelte';
import { scriptUrl } from './trusted';

/**
 * New versions of the app: offered at a calm moment, taken only when somebody says so.
 *
 * A second tab that says so replaces the shell for all tabs. The others then start afresh too, but only while no
 * answer is half given.
 */
let waiting = $state.raw<ServiceWorker | null>(null);
let replaced = $state(false);

export const version = {
  get isWaiting(): boolean {
    return waiting !== null;
  },
};

/** A moment is calm when nobody is in the middle of answering something. */
const isCalm = () => !isAsking(here.route);

export function followVersions(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (!hadOne) return;
    replaced = true;
    if (isCalm()) location.reload();
  });
  addEventListener('popstate', () => {
    if (replaced && isCalm()) location.reload();
  });
  // Without a service worker the app still works while there is a network, so a failure here is no one's trouble.
  navigator.serviceWorker
    .register(scriptUrl('/sw.js') as string, { scope: '/', updateViaCache: 'none' })
    .then(follow)
    .catch(() => undefined);
}

function follow(registration: ServiceWorkerRegistration): void {
  waiting = registration.waiting;
  registration.addEventListener('updatefound', () => {
    const installing = registration.installing;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed' && navigator.serviceWorker.controller) waiting = installing;
    });
  });
  // An app that stays open all day on a desk looks for news when somebody comes back to it.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') registration.update().catch(() => undefined);
  });
}

export function takeNewVersion(): void {
  waiting?.postMessage('take-over');
}
