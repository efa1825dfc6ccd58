import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  getCacheKeyForURL,
  precacheAndRoute,
} from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

/**
 * Keeps the whole shell on the phone (page, scripts, core, words, font), so that Kruispunt opens without a network.
 * What people write never passes through here: `/api` and `/sync` always go to the relay itself.
 */
declare const self: ServiceWorkerGlobalScope;

const shell = self.__WB_MANIFEST;

export function keepsShell(): void {
  precacheAndRoute(shell);
  cleanupOutdatedCaches();
  registerRoute(
    new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/^\/api(\/|$)/, /^\/sync(\/|$)/] }),
  );
}

/** The phone's core as it was kept with this version of the shell. */
export async function wasm(): Promise<Response> {
  const address = shell
    .map((entry) => (typeof entry === 'string' ? entry : entry.url))
    .find((url) => url.endsWith('.wasm'));
  if (address === undefined) throw new Error('the shell has no core');
  return (await caches.match(getCacheKeyForURL(address) ?? address)) ?? fetch(address);
}
