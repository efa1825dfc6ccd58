import { afterAll, beforeAll, expect, test } from 'vitest';
import { counts, inbox, isSubscribed, taskBody } from './kit/ringing';
import { Street } from './kit/street';

/**
 * Everything a push service can answer, or not answer. What can still come comes, what cannot is counted and forgotten,
 * and the inbox has it in any case.
 */
const street = new Street();
let token = '';

beforeAll(async () => {
  await street.opens();
  token = await street.allows();
});
afterAll(() => street.closes());

/** As many answers as that, from there on in the story; gives their statuses. */
async function answered(count: number, from: number): Promise<number[]> {
  const told = await street.service.happenings.several(count, 'answered', (each) => each.token === token, from, 60_000);
  return told.map(({ status }) => status);
}

/** She opens the app anew, and her browser subscribes once more. */
async function comesBack(): Promise<void> {
  const { now } = street.service.happenings;
  await street.amina.goes('about:blank');
  await street.amina.goes(`${street.relay.origin}/#/me/notices`);
  ({ token } = await street.service.happenings.next('subscribed', undefined, now));
  await expect.poll(() => isSubscribed(street.amina)).toBe(true);
}

test('trouble at the push service, and too much for it: later, as it asks, and then it comes', async () => {
  const { now } = street.service.happenings;
  street.service.answersWith({ status: 500 });
  street.service.answersWith({ status: 429, headers: { 'retry-after': '2' } });
  street.service.answersWith({ status: 503, headers: { 'retry-after': '1' } });
  await street.asks({ theme: 'Gezelschap', ask: 'Samen wandelen', soon: 'Vandaag' });
  expect(await answered(4, now)).toEqual([500, 429, 503, 201]);
  const [, , third, fourth] = street.service.happenings.since('arrived', now);
  const [, slowDown, trouble] = street.service.happenings.since('answered', now);
  expect((third?.at ?? 0) - (slowDown?.at ?? 0)).toBeGreaterThanOrEqual(2000);
  expect((fourth?.at ?? 0) - (trouble?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  await street.amina.chrome.sees(taskBody('gezelschap'));
  await counts(street.relay, 'slow-down', 1);
  await counts(street.relay, 'trouble', 2);
  await counts(street.relay, 'taken', 1);
});

test('a broken line, and no answer at all: it comes when there is one again', async () => {
  const { now } = street.service.happenings;
  street.service.answersWith('resets');
  street.service.answersWith('hangs');
  await street.asks({ theme: 'Boodschappen', ask: 'Boodschappen halen', soon: 'Vandaag' });
  // Status 0: nobody was there any more to be answered.
  expect(await answered(3, now)).toEqual([0, 0, 201]);
  await street.amina.chrome.sees(taskBody('boodschappen'));
  await counts(street.relay, 'silent', 2);
  await counts(street.relay, 'taken', 2);
});

test('a message that is too large is our fault: it is counted and not repeated', async () => {
  const { now } = street.service.happenings;
  street.service.answersWith({ status: 413 });
  await street.asks({ theme: 'Klusje', ask: 'Iets repareren', soon: 'Vandaag' });
  expect(await answered(1, now)).toEqual([413]);
  await counts(street.relay, 'too-large', 1);
  expect(await isSubscribed(street.amina)).toBe(true);
  // It stands in the inbox all the same, where nothing depends on a push service.
  expect(await inbox(street.amina)).toHaveLength(3);
});

test.each([
  [401, 'Papieren', 'Een brief begrijpen', 'papieren', 1],
  [403, 'Taal', 'Nederlands oefenen', 'taal', 2],
])('%i: the relay is not believed, and waits for another subscription', async (status, theme, ask, word, count) => {
  const { now } = street.service.happenings;
  street.service.answersWith({ status });
  await street.asks({ theme, ask, soon: 'Vandaag' });
  expect(await answered(1, now)).toEqual([status]);
  await counts(street.relay, 'refused', count);
  expect(await isSubscribed(street.amina)).toBe(false);
  await comesBack();
  await street.amina.chrome.sees(taskBody(word));
});

test('a subscription that vanished is forgotten at the next message', async () => {
  await street.amina.page.evaluate(async () => {
    const { pushManager } = await navigator.serviceWorker.ready;
    await (await pushManager.getSubscription())?.unsubscribe();
  });
  await street.service.happenings.next('unsubscribed', (each) => each.token === token);
  expect(await isSubscribed(street.amina)).toBe(true);
  const { now } = street.service.happenings;
  await street.asks({ theme: 'Vervoer', ask: 'Iets of iemand ophalen', soon: 'Vandaag' });
  expect(await answered(1, now)).toEqual([410]);
  await counts(street.relay, 'gone', 1);
  await expect.poll(() => isSubscribed(street.amina)).toBe(false);
  // Nothing of all this was kept from her.
  expect(await inbox(street.amina)).toHaveLength(6);
});

test('she is found again at the next start of the app', async () => {
  await comesBack();
  await street.amina.sees('Deze telefoon geeft een seintje');
});
