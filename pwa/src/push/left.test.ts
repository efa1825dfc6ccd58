import { afterEach, expect, it, vi } from 'vitest';
import { nobodyIsIn } from './left';

afterEach(() => vi.unstubAllGlobals());

it('whoever leaves takes along what stands in the tray and on the icon, and the choice to be rung', async () => {
  const left = new Set(['choice', 'subscription', 'notification', 'badge']);
  const goes = (what: string) => () => Promise.resolve(left.delete(what));
  vi.stubGlobal('localStorage', { removeItem: (key: string) => key === 'kruispunt.ring' && left.delete('choice') });
  vi.stubGlobal('navigator', {
    clearAppBadge: goes('badge'),
    serviceWorker: {
      getRegistration: () =>
        Promise.resolve({
          pushManager: { getSubscription: () => Promise.resolve({ unsubscribe: goes('subscription') }) },
          getNotifications: () => Promise.resolve([{ close: goes('notification') }]),
        }),
    },
  });
  await nobodyIsIn();
  expect([...left]).toEqual([]);
});

it('a browser without a service worker has nothing to take along', async () => {
  vi.stubGlobal('navigator', {});
  await nobodyIsIn();
});
