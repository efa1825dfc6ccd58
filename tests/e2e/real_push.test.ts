import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Wish, offersHelp } from './kit/deeds';
import { Phone } from './kit/phone';
import { DECRYPTED } from './kit/push_service/happenings';
import { TASK, counts, inbox, isSubscribed, pushKey, taskBody } from './kit/ringing';
import { Street } from './kit/street';

/**
 * A push from its cause to a finger on it: an ambassador writes something down in a Chromium, the relay sends, a push
 * service carries, and a stock Firefox of a volunteer decrypts, shows and opens.
 */
const WHO = { name: 'Mevrouw Voorbeeld', address: 'nummer 7000', phone: '06 0000 4711', words: 'Graag een rondje' };
const AGREES = { coördinator: true, vrijwilliger: true };
const WALK: Wish = { theme: 'Gezelschap', ask: 'Samen wandelen', soon: 'Vandaag', who: WHO, agrees: AGREES };
const SHOP: Wish = { theme: 'Boodschappen', ask: 'Boodschappen halen', soon: 'Vandaag' };
const REPAIR: Wish = { theme: 'Klusje', ask: 'Iets repareren', soon: 'Vandaag' };
const LETTER: Wish = { theme: 'Papieren', ask: 'Een brief begrijpen', soon: 'Vandaag' };
const COMPUTER: Wish = { theme: 'Telefoon en computer', ask: 'Hulp met de computer', soon: 'Vandaag' };
const FETCH: Wish = { theme: 'Vervoer', ask: 'Iets of iemand ophalen', soon: 'Vandaag' };

const street = new Street();
let token = '';

beforeAll(() => street.opens());
afterAll(() => street.closes());

/** Firefox decrypted what came for Amina from there on in the story. */
async function isRead(from: number): Promise<void> {
  const { code } = await street.service.happenings.next('acknowledged', (each) => each.token === token, from);
  expect(code).toBe(DECRYPTED);
}

test('a volunteer turns it on under her finger, and the relay knows where to ring', async () => {
  expect(await isSubscribed(street.amina)).toBe(false);
  token = await street.allows();
  expect(await isSubscribed(street.amina)).toBe(true);
});

test('an urgent request rings, says nothing of the resident, and a finger on it opens it', async () => {
  const { now } = street.service.happenings;
  const request = await street.asks(WALK);
  await isRead(now);
  const { message } = await street.service.happenings.next('answered', ({ status }) => status === 201, now);
  expect(message).toMatchObject({ urgency: 'high', encoding: 'aes128gcm' });
  expect(message.topic).toMatch(/^[\w-]{1,32}$/);
  expect(message.ttl).toBeGreaterThan(0);
  // The topic is seen by the push service, and must not say which request it is.
  expect(message.topic).not.toContain(request);

  expect(await street.amina.chrome.sees(TASK)).toEqual({ title: TASK, body: taskBody('gezelschap') });
  const shown = JSON.stringify(await street.amina.shown());
  expect(Object.values(WHO).filter((mark) => shown.includes(mark))).toEqual([]);
  await street.amina.tapsNotification(
    taskBody('gezelschap'),
    (address) => address === `${street.relay.origin}/#/request/${request}`,
  );
  await street.amina.sees('Samen wandelen');
  await counts(street.relay, 'taken', 1);
});

test('it reaches who has closed the app, and the finger opens it again', async () => {
  await street.amina.closesTabs();
  const { now } = street.service.happenings;
  const request = await street.asks(SHOP);
  await isRead(now);
  await street.amina.tapsNotification(
    taskBody('boodschappen'),
    (address) => address === `${street.relay.origin}/#/request/${request}`,
  );
  await street.amina.sees('Boodschappen halen');
  expect((await inbox(street.amina)).map(({ kind }) => kind)).toEqual(['task', 'task']);
});

test('what comes while Firefox itself is closed is there when it opens', async () => {
  await street.amina.closes();
  // Meanwhile the relay gets another key; what was subscribed with the old one is still signed for with that.
  const before = await pushKey(street.fatma);
  await street.relay.getsNewKey();
  await expect.poll(() => pushKey(street.fatma)).not.toBe(before);
  const { now } = street.service.happenings;
  await street.asks(LETTER);
  await street.service.happenings.next('answered', ({ status }) => status === 201, now);
  await street.amina.opens();
  await isRead(now);
  await street.amina.chrome.sees(taskBody('papieren'));
});

test('whoever subscribed with an old key does so anew at the next start of the app', async () => {
  const { now } = street.service.happenings;
  await street.amina.goes(`${street.relay.origin}/#/me/notices`);
  await street.amina.sees('Deze telefoon geeft een seintje');
  const { key, token: anew } = await street.service.happenings.next('subscribed', undefined, now);
  expect(key).toBe(await pushKey(street.fatma));
  await street.service.happenings.next('unsubscribed', (each) => each.token === token, now);
  token = anew;
  await expect.poll(() => isSubscribed(street.amina)).toBe(true);
});

test('the relay is killed while it sends: nothing is lost, and nothing is seen twice', async () => {
  await street.amina.goes(`${street.relay.origin}/#/volunteer`);
  const { now } = street.service.happenings;
  // One message does not arrive; of another the relay never hears that it did.
  street.service.answersWith('hangs');
  await street.asks(REPAIR);
  await street.service.happenings.next('arrived', undefined, now);
  street.service.answersWith('takes and hangs');
  await street.asks(COMPUTER);
  await isRead(now);
  await street.relay.isKilled();
  // Nobody hears any more what became of either.
  await street.service.happenings.several(2, 'answered', ({ status }) => status === 0, now);
  street.service.recovers();
  await street.relay.starts();
  // Whoever died may have been about to say that it is sent, so its messages are left alone for half a minute.
  await street.service.happenings.several(2, 'answered', ({ status }) => status === 201, now, 60_000);
  const read = await street.service.happenings.several(3, 'acknowledged', (each) => each.token === token, now);
  expect(read.map(({ code }) => code)).toEqual([DECRYPTED, DECRYPTED, DECRYPTED]);
  // What came twice took its own place.
  const seen = async () => (await street.amina.chrome.shows()).map((alert) => alert.body).toSorted();
  await expect
    .poll(seen)
    .toEqual([taskBody('computer of telefoon'), taskBody('klusjes'), taskBody('papieren')].toSorted());
  const listed = (await inbox(street.amina)).map(({ request }) => request);
  expect(listed).toEqual([...new Set(listed)]);
});

test('whoever took it up on another phone is not rung for it', async () => {
  const other = await Phone.of('Amina', street.relay);
  try {
    await other.signsIn(street.relay);
    const { now } = street.service.happenings;
    // In trouble for as long as it takes, so that no try is faster than her.
    street.service.answersWith({ status: 503, headers: { 'retry-after': '1' } }, { times: Infinity });
    await street.asks(FETCH);
    await street.service.happenings.next('answered', ({ status }) => status === 503, now);
    await other.goes('');
    await offersHelp(other, FETCH);
    await other.sees('Jij gaat helpen');
    await expect.poll(() => street.relay.counted('push_messages_waiting'), { timeout: 60_000 }).toBe(0);
    street.service.recovers();
    expect(street.service.happenings.since('delivered', now)).toEqual([]);
  } finally {
    await other.leaves();
  }
});

test('who turns it off is rung no more, and the relay has forgotten where', async () => {
  await street.amina.goes(`${street.relay.origin}/#/me/notices`);
  await street.amina.presses('Zet uit op deze telefoon');
  await street.amina.sees('Deze telefoon geeft geen seintje');
  await street.service.happenings.next('unsubscribed', (each) => each.token === token);
  await expect.poll(() => isSubscribed(street.amina)).toBe(false);
});
