/**
 * One subscription of this browser, and the relay's knowledge of it, kept the same. Runs in a page and in the service
 * worker, and can be repeated without harm.
 */

import { Trouble } from '@worker/trouble';

/** What of the browser's push manager is used here. */
export interface Manager {
  getSubscription(): Promise<Subscription | null>;
  subscribe(options: { userVisibleOnly: true; applicationServerKey: string }): Promise<Subscription>;
}

export interface Subscription {
  readonly endpoint: string;
  readonly options?: { readonly applicationServerKey: ArrayBuffer | null };
  toJSON(): { keys?: Record<string, string> };
  unsubscribe(): Promise<boolean>;
}

/** What the relay is told and asked; both reject with a `Problem`. */
export interface Listener {
  /** The relay's present key; null where it sends no push. */
  key(): Promise<string | null>;
  take(subscription: Taken): Promise<unknown>;
}

export interface Taken {
  endpoint: string;
  p256dh: string;
  auth: string;
  key: string;
  language: string;
}

/** `on`: browser and relay agree. `none`: there is no subscription, and none was to be made. `off`: no push here. */
export type Agreed = 'on' | 'none' | 'off';

/**
 * Brings browser and relay together. Without a subscription one is made only where `makes` says so: where somebody
 * wants it.
 */
export async function agrees(
  manager: Manager,
  relay: Listener,
  wish: { makes: boolean; language: string },
): Promise<Agreed> {
  const key = await relay.key();
  if (key === null) return 'off';
  const held = await withKey(manager, key, wish.makes);
  if (!held) return 'none';
  try {
    await relay.take(taken(held, key, wish.language));
  } catch (thrown) {
    if ((thrown as { key?: unknown }).key !== 'push-key-unknown') throw thrown;
    // The relay took another key in the meantime.
    const next = await relay.key();
    if (next === null) return 'off';
    await held.unsubscribe();
    await relay.take(taken(await subscribed(manager, next), next, wish.language));
  }
  return 'on';
}

/** Lets go of the subscription of this browser; what is sent to it from here on the push service answers with "gone". */
export async function endsIn(manager: Pick<Manager, 'getSubscription'>): Promise<void> {
  await (await manager.getSubscription())?.unsubscribe();
}

/** The subscription there is, made with this key: one that was made with another hears nothing any more. */
async function withKey(manager: Manager, key: string, makes: boolean): Promise<Subscription | null> {
  const held = await manager.getSubscription();
  const its = held?.options?.applicationServerKey;
  const isOther = its !== undefined && its !== null && base64url(its) !== key;
  if (held && !isOther) return held;
  await held?.unsubscribe();
  return held || makes ? subscribed(manager, key) : null;
}

/** Some browsers have all of this but no push service, and say so only here. */
async function subscribed(manager: Manager, key: string): Promise<Subscription> {
  try {
    return await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch {
    throw new Trouble(navigator.onLine ? 'push-endpoint-not-allowed' : 'no-network');
  }
}

function taken(subscription: Subscription, key: string, language: string): Taken {
  const { p256dh = '', auth = '' } = subscription.toJSON().keys ?? {};
  return { endpoint: subscription.endpoint, p256dh, auth, key, language };
}

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
