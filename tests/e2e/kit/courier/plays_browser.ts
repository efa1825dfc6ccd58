/**
 * Runs in pages and in the service worker: writes down what the app's badge says, which only a desktop shows. Null is
 * no badge, true one without a number.
 */
export const READS_BADGE = `(() => {
  globalThis.kruispuntBadge = { says: null, at: 0 };
  const says = (what) => {
    globalThis.kruispuntBadge = { says: what, at: Date.now() };
    return Promise.resolve();
  };
  navigator.setAppBadge = (count) => says(count === undefined ? true : count || null);
  navigator.clearAppBadge = () => says(null);
})()`;

/**
 * Runs in every page before the app: what Chromium leaves to Google's servers is answered by the courier, and what
 * cannot be looked at from outside is written down.
 */
export const PLAYS_BROWSER = `(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
  const text = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const shaped = (given) =>
    given && {
      endpoint: given.endpoint,
      expirationTime: null,
      options: { userVisibleOnly: true, applicationServerKey: bytes(given.key).buffer },
      getKey: (name) => bytes(given[name]).buffer,
      toJSON: () => ({
        endpoint: given.endpoint,
        expirationTime: null,
        keys: { p256dh: given.p256dh, auth: given.auth },
      }),
      unsubscribe: async () => {
        await kruispuntUnsubscribes();
        return true;
      },
    };
  PushManager.prototype.getSubscription = async () => shaped(await kruispuntSubscription());
  PushManager.prototype.subscribe = async ({ applicationServerKey: key, userVisibleOnly }) => {
    if (Notification.permission !== 'granted') throw new DOMException('not allowed', 'NotAllowedError');
    if (!userVisibleOnly) throw new DOMException('silent pushes are not allowed', 'NotAllowedError');
    const wanted = typeof key === 'string' ? key : text(ArrayBuffer.isView(key) ? key.buffer : key);
    const held = await kruispuntSubscription();
    if (held && held.key !== wanted) throw new DOMException('subscribed with another key', 'InvalidStateError');
    return shaped(held ?? (await kruispuntSubscribes(wanted)));
  };

  // Whether the question came from under a finger, each time it was asked.
  globalThis.kruispuntAsked = [];
  const asks = Notification.requestPermission;
  Notification.requestPermission = (...given) => {
    kruispuntAsked.push(navigator.userActivation.isActive);
    return asks.apply(Notification, given);
  };
})()`;
