import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import webpush, { type RequestOptions } from 'web-push';
import { Firefox } from './kit/firefox';
import { PushService } from './kit/push_service';
import { DECRYPTED } from './kit/push_service/happenings';
import { believes } from './kit/push_service/vapid';

/**
 * The push service of our stories deserves trust: a stock Firefox takes what comes from it, sent by another's library,
 * and it refuses what the real ones refuse.
 */
const KEYS = webpush.generateVAPIDKeys();
const OTHERS = webpush.generateVAPIDKeys();
const SUBJECT = 'mailto:iemand@kruispunt.test';

const WORKER = `
  self.addEventListener('install', () => self.skipWaiting());
  self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  self.addEventListener('push', (event) => {
    const { title, tag } = event.data.json();
    event.waitUntil(registration.showNotification(title, { tag }));
  });
  self.addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(clients.openWindow('/tapped'));
  });`;

const PAGE = `<!doctype html><title>Proef</title><button>Zet aan</button><output></output><script>
  navigator.serviceWorker.register('/worker.js');
  document.querySelector('button').onclick = async () => {
    const permission = await Notification.requestPermission();
    const registration = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: '${KEYS.publicKey}' };
    window.subscription = permission === 'granted' ? await registration.pushManager.subscribe(options) : null;
    document.querySelector('output').textContent = permission;
  };</script>`;

interface Subscription {
  endpoint: string;
  keys: { p256dh: string; auth: string };
}

let site: Server;
let origin: string;
let service: PushService;
let firefox: Firefox;
let subscription: Subscription;
let token: string;

beforeAll(async () => {
  site = createServer(({ url }, response) => {
    const worker = url === '/worker.js';
    response.writeHead(200, { 'content-type': worker ? 'text/javascript' : 'text/html' }).end(worker ? WORKER : PAGE);
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const address = site.address();
  if (address === null || typeof address === 'string') throw new Error('the site is nowhere');
  origin = `http://localhost:${address.port}`;
  service = await PushService.opens();
  firefox = await Firefox.of(service);
});

afterAll(async () => {
  await firefox?.leaves();
  await service?.stops();
  site?.close();
});

/** Sends as a relay would, by a library that is not ours; gives the answer's status. */
async function sends(to: Subscription, what: object, options: RequestOptions = {}, keys = KEYS): Promise<number> {
  const vapidDetails = { ...keys, subject: SUBJECT };
  const details = webpush.generateRequestDetails(to, JSON.stringify(what), { vapidDetails, TTL: 60, ...options });
  return posts(details.endpoint, details.headers as Record<string, string>, details.body ?? Buffer.alloc(0));
}

async function posts(endpoint: string, headers: Record<string, string | number>, body: Buffer): Promise<number> {
  const { 'Content-Length': _, ...others } = headers;
  const texts = Object.entries(others).map(([name, value]): [string, string] => [name, String(value)]);
  const answer = await fetch(endpoint, { method: 'POST', headers: texts, body: new Uint8Array(body) });
  return answer.status;
}

/** The person taps, Firefox asks, the person allows. */
async function subscribes(): Promise<Subscription> {
  await firefox.goes(origin);
  await firefox.isReady();
  await firefox.presses('Zet aan');
  await firefox.chrome.answersQuestion('allow');
  await firefox.sees('granted');
  return firefox.page.evaluate(() => {
    const { subscription } = window as unknown as { subscription: PushSubscription };
    return subscription.toJSON() as Subscription;
  });
}

test('Firefox asks, subscribes, decrypts, shows, and a finger on it opens the site', async () => {
  subscription = await subscribes();
  ({ token } = await service.happenings.next('subscribed'));
  expect(subscription.endpoint).toBe(`${service.origin}/wpush/v2/${token}`);
  expect(await sends(subscription, { title: 'Kun jij even helpen?', tag: 'a' })).toBe(201);
  const { code } = await service.happenings.next('acknowledged');
  expect(code).toBe(DECRYPTED);
  expect(await firefox.chrome.sees('Kun jij even helpen?')).toMatchObject({ title: 'Kun jij even helpen?' });
  expect((await firefox.shown()).map(({ tag }) => tag)).toEqual(['a']);
  await firefox.tapsNotification('Kun jij even helpen?', (address) => address === `${origin}/tapped`);
});

test('it reaches a Firefox that has no tab of the site, and opens one', async () => {
  await firefox.closesTabs();
  const now = service.happenings.now;
  expect(await sends(subscription, { title: 'Je bent gevraagd', tag: 'b' })).toBe(201);
  await service.happenings.next('acknowledged', (each) => each.token === token && each.code === DECRYPTED, now);
  await firefox.tapsNotification('Je bent gevraagd', (address) => address === `${origin}/tapped`);
});

test('what comes while Firefox is closed waits, and of one topic only the last', async () => {
  await firefox.closes();
  await service.happenings.next('left');
  const now = service.happenings.now;
  const topic = 'een-onderwerp';
  for (const title of ['Eerst', 'Later']) expect(await sends(subscription, { title, tag: 'c' }, { topic })).toBe(201);
  expect(await sends(subscription, { title: 'Alleen nu', tag: 'd' }, { TTL: 0 })).toBe(201);
  await firefox.opens();
  await firefox.chrome.sees('Later');
  await service.happenings.next('acknowledged', (each) => each.token === token, now);
  expect(service.happenings.since('delivered', now)).toHaveLength(1);
  expect((await firefox.chrome.shows()).map(({ title }) => title)).toEqual(['Later']);
});

test('it refuses whoever is not who may send, and what is no proper message', async () => {
  expect(await sends(subscription, {}, {}, OTHERS)).toBe(403);
  const elsewhere = { ...subscription, endpoint: subscription.endpoint.replace('127.0.0.1', 'localhost') };
  expect(await sends(elsewhere, {})).toBe(401);
  expect(await sends({ ...subscription, endpoint: `${service.origin}/wpush/v2/nobody` }, {})).toBe(404);
  const proper = webpush.generateRequestDetails(subscription, '{}', {
    vapidDetails: { ...KEYS, subject: SUBJECT },
    TTL: 60,
  });
  const headers = proper.headers as Record<string, string>;
  const body = proper.body ?? Buffer.alloc(0);
  const { TTL: _ttl, ...withoutTtl } = headers;
  const { Authorization = '', ...unsigned } = headers;
  const forged = Authorization.replace(
    /\.([^.,]+),/,
    (_, signature: string) => `.${[...signature].reverse().join('')},`,
  );
  const statuses = [
    await posts(subscription.endpoint, withoutTtl, body),
    await posts(subscription.endpoint, unsigned, body),
    await posts(subscription.endpoint, { ...headers, Authorization: forged }, body),
    await posts(subscription.endpoint, { ...headers, Topic: 'x'.repeat(33) }, body),
    await posts(subscription.endpoint, { ...headers, Urgency: 'soon' }, body),
    await posts(subscription.endpoint, { ...headers, 'Content-Encoding': 'aesgcm' }, body),
    await posts(subscription.endpoint, headers, Buffer.alloc(4097)),
    await posts(subscription.endpoint, headers, body),
  ];
  expect(statuses).toEqual([400, 401, 401, 400, 400, 400, 413, 201]);
});

test('it believes no token that is of another time', () => {
  const expires = (exp: number) =>
    believes(
      webpush.getVapidHeaders(service.origin, SUBJECT, KEYS.publicKey, KEYS.privateKey, 'aes128gcm', exp).Authorization,
      service.origin,
      KEYS.publicKey,
    );
  const now = Math.floor(Date.now() / 1000);
  expect(expires(now + 3600)).toBeUndefined();
  expect(expires(now - 1)?.status).toBe(401);
  const fresh = webpush.getVapidHeaders(
    service.origin,
    SUBJECT,
    KEYS.publicKey,
    KEYS.privateKey,
    'aes128gcm',
    now + 3600,
  );
  const dayBefore = (now - 25 * 3600) * 1000;
  expect(believes(fresh.Authorization, service.origin, KEYS.publicKey, dayBefore)?.why).toBe(
    'valid for longer than a day',
  );
});

test('it fails as it is told', async () => {
  const send = () => sends(subscription, { title: 'Nog eens', tag: 'e' });
  service.answersWith({ status: 429, headers: { 'retry-after': '1' } });
  service.answersWith('resets');
  expect(await send()).toBe(429);
  await expect(send()).rejects.toThrow();
  service.answersWith('hangs', { token });
  const now = service.happenings.now;
  const held = send();
  await service.happenings.next('arrived', undefined, now);
  expect(service.happenings.since('delivered', now)).toEqual([]);
  service.recovers();
  expect(await held).toBe(201);
  const later = service.happenings.now;
  service.answersWith('takes and hangs');
  const taken = send();
  await service.happenings.next('delivered', undefined, later);
  service.recovers();
  expect(await taken).toBe(201);
});

test('who unsubscribes is gone', async () => {
  await firefox.goes(origin);
  await firefox.page.evaluate(async () => {
    const { pushManager } = await navigator.serviceWorker.ready;
    await (await pushManager.getSubscription())?.unsubscribe();
  });
  await service.happenings.next('unsubscribed', (each) => each.token === token);
  expect(await sends(subscription, {})).toBe(410);
});
