/** Brings somebody to a screen of the app: in the window they have, or a new one. */
declare const self: ServiceWorkerGlobalScope;

/** A window that stands still answers nothing; then a new one is opened, in milliseconds. */
const PATIENCE_MS = 700;

export async function opens(leads: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  // The one somebody looks at, else the one they looked at last, which browsers name first.
  const found = windows.find(({ visibilityState }) => visibilityState === 'visible') ?? windows[0];
  if (found && (await goes(found, leads))) {
    // Some browsers do not let a window be brought to the front from here; it is at the right screen all the same.
    await found.focus().catch(() => undefined);
    return;
  }
  await self.clients.openWindow(`/${leads}`).catch(() => undefined);
}

/** Whether the window went there: a page on which a resident asks, or an old one, does not. */
function goes(window: WindowClient, leads: string): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((done) => {
    const tooLong = setTimeout(() => done(false), PATIENCE_MS);
    port1.onmessage = () => {
      clearTimeout(tooLong);
      done(true);
    };
    window.postMessage({ go: leads }, [port2]);
  });
}
