import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Wish, logs } from './kit/deeds';
import { Firefox } from './kit/firefox';
import { Phone } from './kit/phone';
import { PushService } from './kit/push_service';
import { Relay } from './kit/relay';
import { counts, inbox, isSubscribed, livesIn } from './kit/ringing';

/**
 * Everything a push service can answer, or not answer. What can still come comes, what cannot is counted and forgotten,
 * and the inbox has it in any case.
 */
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
  await amina.goes(`${relay.origin}/#/me/notices`);
  await amina.presses('Zet aan');
  await amina.chrome.answersQuestion('allow');
  await amina.sees('Deze telefoon geeft een seintje');
  ({ token } = await service.happenings.next('subscribed'));
});

afterAll(async () => {
  await amina?.leaves();
  await fatma?.leaves();
  await relay?.closes();
  await service?.stops();
});

const body = (theme: string) => `Nieuwe vraag in je buurt: ${theme}.`;

async function asks(theme: string, ask: string): Promise<void> {
  const wish: Wish = { theme, ask, soon: 'Vandaag' };
  await fatma.goes('');
  await logs(fatma, wish);
  await fatma.sees('Veilig verstuurd');
}

/** As many answers as that, from there on in the story; gives their statuses. */
async function answered(count: number, from: number): Promise<number[]> {
  const told = await service.happenings.several(count, 'answered', (each) => each.token === token, from, 60_000);
  return told.map(({ status }) => status);
}

/** She opens the app anew, and her browser subscribes once more. */
async function comesBack(): Promise<void> {
  const { now } = service.happenings;
  await amina.goes('about:blank');
  await amina.goes(`${relay.origin}/#/me/notices`);
  ({ token } = await service.happenings.next('subscribed', undefined, now));
  await expect.poll(() => isSubscribed(amina)).toBe(true);
}

test('trouble at the push service, and too much for it: later, as it asks, and then it comes', async () => {
  const { now } = service.happenings;
  service.answersWith({ status: 500 });
  service.answersWith({ status: 429, headers: { 'retry-after': '2' } });
  service.answersWith({ status: 503, headers: { 'retry-after': '1' } });
  await asks('Gezelschap', 'Samen wandelen');
  expect(await answered(4, now)).toEqual([500, 429, 503, 201]);
  const [, , third, fourth] = service.happenings.since('arrived', now);
  const [, slowDown, trouble] = service.happenings.since('answered', now);
  expect((third?.at ?? 0) - (slowDown?.at ?? 0)).toBeGreaterThanOrEqual(2000);
  expect((fourth?.at ?? 0) - (trouble?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  await amina.chrome.sees(body('gezelschap'));
  await counts(relay, 'slow-down', 1);
  await counts(relay, 'trouble', 2);
  await counts(relay, 'taken', 1);
});

test('a broken line, and no answer at all: it comes when there is one again', async () => {
  const { now } = service.happenings;
  service.answersWith('resets');
  service.answersWith('hangs');
  await asks('Boodschappen', 'Boodschappen halen');
  // Status 0: nobody was there any more to be answered.
  expect(await answered(3, now)).toEqual([0, 0, 201]);
  await amina.chrome.sees(body('boodschappen'));
  await counts(relay, 'silent', 2);
  await counts(relay, 'taken', 2);
});

test('a message that is too large is our fault: it is counted and not repeated', async () => {
  const { now } = service.happenings;
  service.answersWith({ status: 413 });
  await asks('Klusje', 'Iets repareren');
  expect(await answered(1, now)).toEqual([413]);
  await counts(relay, 'too-large', 1);
  expect(await isSubscribed(amina)).toBe(true);
  // It stands in the inbox all the same, where nothing depends on a push service.
  expect(await inbox(amina)).toHaveLength(3);
});

test.each([
  [401, 'Papieren', 'Een brief begrijpen', 'papieren', 1],
  [403, 'Taal', 'Nederlands oefenen', 'taal', 2],
])('%i: the relay is not believed, and waits for another subscription', async (status, theme, ask, word, count) => {
  const { now } = service.happenings;
  service.answersWith({ status });
  await asks(theme, ask);
  expect(await answered(1, now)).toEqual([status]);
  await counts(relay, 'refused', count);
  expect(await isSubscribed(amina)).toBe(false);
  await comesBack();
  await amina.chrome.sees(body(word));
});

test('a subscription that vanished is forgotten at the next message', async () => {
  await amina.page.evaluate(async () => {
    const { pushManager } = await navigator.serviceWorker.ready;
    await (await pushManager.getSubscription())?.unsubscribe();
  });
  await service.happenings.next('unsubscribed', (each) => each.token === token);
  expect(await isSubscribed(amina)).toBe(true);
  const { now } = service.happenings;
  await asks('Vervoer', 'Iets of iemand ophalen');
  expect(await answered(1, now)).toEqual([410]);
  await counts(relay, 'gone', 1);
  await expect.poll(() => isSubscribed(amina)).toBe(false);
  // Nothing of all this was kept from her.
  expect(await inbox(amina)).toHaveLength(6);
});

test('she is found again at the next start of the app', async () => {
  await comesBack();
  await amina.sees('Deze telefoon geeft een seintje');
});
