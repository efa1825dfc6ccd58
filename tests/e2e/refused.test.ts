import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs, offersHelp } from './kit/deeds';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** What the relay would not take is shown to who did it, stays until they saw it, and can be taken along. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  for (const phone of [fatma, amina]) await phone.signsIn(relay);
  await logs(fatma, WALK);
  await amina.goes('#/');
  await amina.card(WALK.ask).waitFor();
});

afterAll(async () => {
  await fatma?.leaves();
  await amina?.leaves();
  await relay?.closes();
});

test('an offer on a request that is no more is shown, with its street and the reason', async () => {
  await amina.losesReception();
  await offersHelp(amina, WALK);
  await amina.sees('Je aanbod is bewaard');
  await amina.goes('#/me');
  await amina.sees('Lekstraat: 1 ding');
  await amina.isPhotographed('refused-1-waiting');

  await fatma.goes('#/');
  await fatma.card(WALK.ask).click();
  await fatma.link('Vraag intrekken').click();
  await fatma.button('Ja, intrekken').click();
  await fatma.isInSync();
  await relay.rotates();

  await amina.findsReception();
  await amina.sees('Hulp aangeboden');
  await amina.page.getByText('1 ding is niet aangenomen').waitFor();
  await amina.isPhotographed('refused-2-shown');
  expect(await amina.accessibilityFindings()).toEqual([]);
});

test('nobody signs out over it without having it as a file', async () => {
  await amina.link('Afmelden op deze telefoon').click();
  await amina.sees('Er is nog 1 ding niet veilig verstuurd.');
  expect(await amina.button('Ja, meld mij af').count()).toBe(0);
  await amina.isPhotographed('refused-3-leaving');
  expect(await amina.accessibilityFindings()).toEqual([]);
  const [download] = await Promise.all([
    amina.page.waitForEvent('download'),
    amina.button('Bewaar als bestand').click(),
  ]);
  const { pieces } = JSON.parse(await readFile(await download.path(), 'utf8')) as { pieces: unknown[] };
  expect(pieces).toMatchObject([{ command: { claim_request: {} }, reason: 'unknown-document' }]);
  await amina.button('Ik heb het bestand, meld mij af').waitFor();
});

test('once it was read it goes', async () => {
  await amina.button('Nee, ik blijf').click();
  await amina.sees('Hulp aangeboden');
  await amina.button('Gelezen, haal dit weg').click();
  await amina.isInSync();
  await amina.sees('Alles is veilig verstuurd.');
  await amina.reopens();
  await amina.sees('Alles is veilig verstuurd.');
});
