/**
 * The service worker: the shell without a network (`sw/shell.ts`), and what rings (`sw/push.ts`), also when no window
 * is open.
 */
import { sendsLater } from './sw/answer';
import { taps } from './sw/click';
import { rings } from './sw/push';
import { renews } from './sw/renew';
import { keepsShell } from './sw/shell';

declare const self: ServiceWorkerGlobalScope;

keepsShell();

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') void self.skipWaiting();
});

// The very first visit is already served from the phone from here on.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => event.waitUntil(rings(event)));
self.addEventListener('notificationclick', (event) => event.waitUntil(taps(event)));
self.addEventListener('sync', (event) => (event as ExtendableEvent).waitUntil(sendsLater()));
self.addEventListener('pushsubscriptionchange', (event) => {
  (event as ExtendableEvent).waitUntil(renews().catch(() => undefined));
});
