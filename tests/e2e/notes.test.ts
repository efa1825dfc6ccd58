import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs, turnsNotes, writesNote } from './kit/deeds';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** What the participants of a case write to each other: without reception, by whom it may be read, and who has seen it. */
const WHO = { name: 'Mevrouw Voorbeeld', address: 'nummer 7000', phone: '06 0000 4711', words: 'Naar buiten' };
const FOR_CARE = 'Vergeet de laatste tijd veel';
const FOR_ALL = 'Bel twee keer aan, dan doet ze open';
const ANSWER = 'Ik ben er dinsdag om tien uur';
const readable = (text: string) => [FOR_CARE, FOR_ALL, ANSWER].filter((mark) => text.includes(mark));

let relay: Relay;
let fatma: Phone;
let amina: Phone;
let joke: Phone;

let request = '';

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  for (const phone of [fatma, amina, joke]) await phone.signsIn(relay);
});

afterAll(async () => {
  for (const phone of [fatma, amina, joke]) await phone?.leaves();
  await relay?.closes();
});

test('notes that are written without reception are sealed, and go with the request', async () => {
  await fatma.losesReception();
  await fatma.sees('Geen bereik');
  await logs(fatma, { ...WALK, who: WHO, agrees: { coördinator: true, vrijwilliger: true } });
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  await fatma.goes('');
  await fatma.card(WALK.ask).click();
  await turnsNotes(fatma);
  request = new URL(fatma.page.url()).hash;
  await writesNote(fatma, FOR_CARE, 'Alleen voor de coördinator');
  await writesNote(fatma, FOR_ALL, 'Iedereen die meehelpt');
  await fatma.isPhotographed('notes-1-offline');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  expect(readable(await fatma.keeps())).toEqual([]);
  await fatma.findsReception();
  await fatma.isInSync();
  expect(readable(fatma.said)).toEqual([]);
});

test('a coordinator reads both, and their author sees that', async () => {
  await joke.card(WALK.ask).click();
  await joke.sees('2 nieuw');
  await turnsNotes(joke);
  await joke.sees(FOR_CARE);
  await joke.sees(FOR_ALL);
  await joke.isPhotographed('notes-2-desk');
  expect(await joke.accessibilityFindings()).toEqual([]);
  await joke.isInSync();
  await turnsNotes(fatma);
  await turnsNotes(fatma);
  await fatma.sees('Gezien door Joke');
});

test('a helper reads what is for the case and answers, and never sees what is for care', async () => {
  await amina.goes(request);
  await amina.button('Ik help').waitFor();
  expect(await amina.page.locator('summary', { hasText: 'Notities' }).count()).toBe(0);
  await amina.button('Ik help').click();
  await amina.sees('Jij gaat helpen');
  await turnsNotes(amina);
  await amina.sees(FOR_ALL);
  await writesNote(amina, ANSWER);
  await amina.isInSync();
  await amina.isPhotographed('notes-3-helper');
  expect(await amina.accessibilityFindings()).toEqual([]);
  expect(readable(await amina.page.content())).not.toContain(FOR_CARE);

  await amina.losesReception();
  await amina.reopens();
  await turnsNotes(amina);
  await amina.sees(FOR_ALL);
  await amina.sees(ANSWER);
  expect(readable(await amina.keeps())).toEqual([]);
});

test('what a helper wrote comes to whoever looks, by itself', async () => {
  await joke.page.getByText(ANSWER).first().waitFor({ timeout: 45_000 });
  await joke.isPhotographed('notes-4-answered');
});
