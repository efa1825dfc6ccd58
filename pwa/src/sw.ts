import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

/**
 * Keeps the whole shell on the phone (page, scripts, core, words, font), so that Kruispunt opens without a network.
 * What people write never passes through here: `/api` and `/sync` always go to the relay itself.
 */
declare const self: ServiceWorkerGlobalScope;

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();

registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/^\/api(\/|$)/, /^\/sync(\/|$)/] }),
);

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') void self.skipWaiting();
});

// The very first visit is already served from the phone from here on.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
