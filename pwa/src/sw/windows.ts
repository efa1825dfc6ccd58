/** Brings somebody to a screen of the app: in the window they have, or a new one. */
import { askedOn } from '../address';

declare const self: ServiceWorkerGlobalScope;

export async function opens(leads: string): Promise<void> {
  const windows = await ofMembers();
  // The one somebody looks at, else the one they looked at last, which browsers name first.
  const found = windows.find(({ visibilityState }) => visibilityState === 'visible') ?? windows[0];
  if (!found) {
    await self.clients.openWindow(`/${leads}`).catch(() => undefined);
    return;
  }
  // A window that stands still goes there once it is in front; how long that takes on an old phone nobody knows.
  found.postMessage({ go: leads });
  // Some browsers do not let a window be brought to the front from here; it is at the right screen all the same.
  await found.focus().catch(() => undefined);
}

/** The windows of the app. A page on which a resident asks is none: it has no core, and goes nowhere else. */
export async function ofMembers(): Promise<WindowClient[]> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return windows.filter(({ url }) => askedOn(new URL(url).hash) === undefined);
}
