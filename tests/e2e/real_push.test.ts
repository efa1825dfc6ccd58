import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Wish, logs, offersHelp } from './kit/deeds';
import { Firefox } from './kit/firefox';
import { Phone } from './kit/phone';
import { PushService } from './kit/push_service';
import { DECRYPTED } from './kit/push_service/happenings';
import { Relay } from './kit/relay';
import { counts, inbox, isSubscribed, livesIn, pushKey } from './kit/ringing';

/**
 * A push from its cause to a finger on it: an ambassador writes something down in a Chromium, the relay sends, a push
 * service carries, and a stock Firefox of a volunteer decrypts, shows and opens.
 */
const TASK = 'Kun jij even helpen?';
const WHO = { name: 'Mevrouw Voorbeeld', address: 'nummer 7000', phone: '06 0000 4711', words: 'Graag een rondje' };
const AGREES = { coördinator: true, vrijwilliger: true };
const WALK: Wish = { theme: 'Gezelschap', ask: 'Samen wandelen', soon: 'Vandaag', who: WHO, agrees: AGREES };
const SHOP: Wish = { theme: 'Boodschappen', ask: 'Boodschappen halen', soon: 'Vandaag' };
const REPAIR: Wish = { theme: 'Klusje', ask: 'Iets repareren', soon: 'Vandaag' };
const LETTER: Wish = { theme: 'Papieren', ask: 'Een brief begrijpen', soon: 'Vandaag' };
const COMPUTER: Wish = { theme: 'Telefoon en computer', ask: 'Hulp met de computer', soon: 'Vandaag' };
const FETCH: Wish = { theme: 'Vervoer', ask: 'Iets of iemand ophalen', soon: 'Vandaag' };

let service: PushService;
let relay: Relay;
let fatma: Phone;
let amina: Firefox;
let token = '';

beforeAll(async () => {
  service = await PushService.opens();
  relay = await Relay.opensFor(service);
  fatma = await Phone.of('Fatma', relay);
  await fatma.signsIn(relay);
  amina = await Firefox.of(service);
  await amina.signsIn(relay, 'Amina');
  await livesIn(amina, 'Lekstraat');
});

afterAll(async () => {
  await amina?.leaves();
  await fatma?.leaves();
  await relay?.closes();
  await service?.stops();
});

const body = (theme: string) => `Nieuwe vraag in je buurt: ${theme}.`;

/** Fatma writes it down, and it is at the relay; gives which request it is. */
async function asks(wish: Wish): Promise<string> {
  await fatma.goes('');
  await logs(fatma, wish);
  await fatma.sees('Veilig verstuurd');
  return new URL(fatma.page.url()).hash.split('/')[4] ?? '';
}

/** Firefox decrypted what came for Amina from there on in the story. */
async function isRead(from: number): Promise<void> {
  const { code } = await service.happenings.next('acknowledged', (each) => each.token === token, from);
  expect(code).toBe(DECRYPTED);
}

test('a volunteer turns it on under her finger, and the relay knows where to ring', async () => {
  await amina.goes(`${relay.origin}/#/me/notices`);
  await amina.sees('Deze telefoon geeft geen seintje');
  expect(await isSubscribed(amina)).toBe(false);
  await amina.presses('Zet aan');
  await amina.chrome.answersQuestion('allow');
  await amina.sees('Deze telefoon geeft een seintje');
  ({ token } = await service.happenings.next('subscribed'));
  expect(await isSubscribed(amina)).toBe(true);
});

test('an urgent request rings, says nothing of the resident, and a finger on it opens it', async () => {
  const { now } = service.happenings;
  const request = await asks(WALK);
  await isRead(now);
  const { message } = await service.happenings.next('answered', ({ status }) => status === 201, now);
  expect(message).toMatchObject({ urgency: 'high', encoding: 'aes128gcm' });
  expect(message.topic).toMatch(/^[\w-]{1,32}$/);
  expect(message.ttl).toBeGreaterThan(0);
  // The topic is seen by the push service, and must not say which request it is.
  expect(message.topic).not.toContain(request);

  expect(await amina.chrome.sees(TASK)).toEqual({ title: TASK, body: body('gezelschap') });
  const shown = JSON.stringify(await amina.shown());
  expect(Object.values(WHO).filter((mark) => shown.includes(mark))).toEqual([]);
  await amina.tapsNotification(body('gezelschap'), (address) => address === `${relay.origin}/#/request/${request}`);
  await amina.sees('Samen wandelen');
  await counts(relay, 'taken', 1);
});

test('it reaches who has closed the app, and the finger opens it again', async () => {
  await amina.closesTabs();
  const { now } = service.happenings;
  const request = await asks(SHOP);
  await isRead(now);
  await amina.tapsNotification(body('boodschappen'), (address) => address === `${relay.origin}/#/request/${request}`);
  await amina.sees('Boodschappen halen');
  expect((await inbox(amina)).map(({ kind }) => kind)).toEqual(['task', 'task']);
});

test('what comes while Firefox itself is closed is there when it opens', async () => {
  await amina.closes();
  // Meanwhile the relay gets another key; what was subscribed with the old one is still signed for with that.
  const before = await pushKey(fatma);
  await relay.getsNewKey();
  await expect.poll(() => pushKey(fatma)).not.toBe(before);
  const { now } = service.happenings;
  await asks(LETTER);
  await service.happenings.next('answered', ({ status }) => status === 201, now);
  await amina.opens();
  await isRead(now);
  await amina.chrome.sees(body('papieren'));
});

test('whoever subscribed with an old key does so anew at the next start of the app', async () => {
  const { now } = service.happenings;
  await amina.goes(`${relay.origin}/#/me/notices`);
  await amina.sees('Deze telefoon geeft een seintje');
  const { key, token: anew } = await service.happenings.next('subscribed', undefined, now);
  expect(key).toBe(await pushKey(fatma));
  await service.happenings.next('unsubscribed', (each) => each.token === token, now);
  token = anew;
  await expect.poll(() => isSubscribed(amina)).toBe(true);
});

test('the relay is killed while it sends: nothing is lost, and nothing is seen twice', async () => {
  await amina.goes(`${relay.origin}/#/volunteer`);
  const { now } = service.happenings;
  // One message does not arrive; of another the relay never hears that it did.
  service.answersWith('hangs');
  await asks(REPAIR);
  await service.happenings.next('arrived', undefined, now);
  service.answersWith('takes and hangs');
  await asks(COMPUTER);
  await isRead(now);
  await relay.isKilled();
  service.recovers();
  await relay.starts();
  // Whoever died may have been about to say that it is sent, so its messages are left alone for half a minute.
  await service.happenings.several(2, 'answered', ({ status }) => status === 201, now, 60_000);
  const read = await service.happenings.several(3, 'acknowledged', (each) => each.token === token, now);
  expect(read.map(({ code }) => code)).toEqual([DECRYPTED, DECRYPTED, DECRYPTED]);
  // What came twice took its own place.
  const seen = async () => (await amina.chrome.shows()).map((alert) => alert.body).toSorted();
  await expect.poll(seen).toEqual([body('computer of telefoon'), body('klusjes'), body('papieren')].toSorted());
  const listed = (await inbox(amina)).map(({ request }) => request);
  expect(listed).toEqual([...new Set(listed)]);
});

test('whoever took it up on another phone is not rung for it', async () => {
  const other = await Phone.of('Amina', relay);
  try {
    await other.signsIn(relay);
    const { now } = service.happenings;
    service.answersWith({ status: 503, headers: { 'retry-after': '6' } });
    await asks(FETCH);
    await service.happenings.next('answered', ({ status }) => status === 503, now);
    await other.goes('');
    await offersHelp(other, FETCH);
    await other.sees('Jij gaat helpen');
    await expect.poll(() => relay.counted('push_messages_waiting')).toBe(0);
    expect(service.happenings.since('delivered', now)).toEqual([]);
  } finally {
    await other.leaves();
  }
});

test('who turns it off is rung no more, and the relay has forgotten where', async () => {
  await amina.goes(`${relay.origin}/#/me/notices`);
  await amina.presses('Zet uit op deze telefoon');
  await amina.sees('Deze telefoon geeft geen seintje');
  await service.happenings.next('unsubscribed', (each) => each.token === token);
  await expect.poll(() => isSubscribed(amina)).toBe(false);
});
