/** Brings somebody to a screen of the app: in the window they have, or a new one. */
import { askedOn } from '../address';

declare const self: ServiceWorkerGlobalScope;

export async function opens(leads: string): Promise<void> {
  const windows = (await self.clients.matchAll({ type: 'window', includeUncontrolled: true })).filter(isMembers);
  // The one somebody looks at, else the one they looked at last, which browsers name first.
  const found = windows.find(({ visibilityState }) => visibilityState === 'visible') ?? windows[0];
  if (!found) return void (await self.clients.openWindow(`/${leads}`).catch(() => undefined));
  // A window that stands still goes there once it is in front; how long that takes on an old phone nobody knows.
  found.postMessage({ go: leads });
  // Some browsers do not let a window be brought to the front from here; it is at the right screen all the same.
  await found.focus().catch(() => undefined);
}

/** A page on which a resident asks goes nowhere else. */
function isMembers({ url }: WindowClient): boolean {
  return askedOn(new URL(url).hash) === undefined;
}
