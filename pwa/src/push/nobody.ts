import { endsIn } from './subscription';

/**
 * Nobody is signed in here any more: nothing of whoever left rings on this phone, or stands in its tray or on the app's
 * icon, whatever the relay hears of it. Runs in a page and in the service worker, and can be repeated without harm.
 */
export async function nobodyRings(
  registration: Pick<ServiceWorkerRegistration, 'getNotifications' | 'pushManager'>,
): Promise<void> {
  await Promise.allSettled([
    endsIn(registration.pushManager),
    emptiesTray(registration),
    // A browser tab has no icon.
    navigator.clearAppBadge?.(),
  ]);
}

async function emptiesTray(registration: Pick<ServiceWorkerRegistration, 'getNotifications'>): Promise<void> {
  for (const shown of await registration.getNotifications()) shown.close();
}
