import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs, turnsNotes, writesNote } from './kit/deeds';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/**
 * The canary, in browsers: a case with a marked phone number, in its card and in a note, goes through its life and is
 * erased. Then neither the mark nor anything sealed of it is on any phone that came online. (What the relay keeps: `server/tests/stories`.)
 */
const MARK = '06 4711 0815';
const WHO = { name: 'Meneer Kanarie', address: 'nummer 7000', phone: MARK, words: 'Kanarievogel in de mijn' };
const NOTE = `Bel eerst ${MARK}`;
const PLAIN = [MARK, MARK.replaceAll(' ', ''), '4711 0815', WHO.name, WHO.address, WHO.words];

let relay: Relay;
let fatma: Phone;
let amina: Phone;
let piet: Phone;
let joke: Phone;
let phones: Phone[];
let street = '';
let request = '';
/** Every sealed form of the card and the note that was seen on a phone. */
const sealed = new Set<string>();

async function looksForSealed(phone: Phone): Promise<void> {
  for (const [, found] of (await phone.keeps()).matchAll(/sealed\\*":\\*"([\w-]{40,})/g)) if (found) sealed.add(found);
}

const holds = (text: string, marks: Iterable<string>) => [...marks].filter((mark) => text.includes(mark));

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  piet = await Phone.of('Piet', relay);
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  phones = [fatma, amina, piet, joke];
  for (const phone of phones) await phone.signsIn(relay);
});

afterAll(async () => {
  for (const phone of phones ?? []) await phone.leaves();
  await relay?.closes();
});

test('a marked card lives: written, sent, opened by everybody who may', async () => {
  await fatma.losesReception();
  await logs(fatma, { ...WALK, who: WHO, agrees: { coördinator: true, vrijwilliger: true } });
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  [, , street = '', , request = ''] = new URL(fatma.page.url()).hash.split('/');
  await fatma.goes(`#/request/${request}`);
  await turnsNotes(fatma);
  await writesNote(fatma, NOTE);
  await looksForSealed(fatma);
  await fatma.findsReception();
  await fatma.isInSync();
  await amina.card(WALK.ask).click();
  await amina.button('Ik help').click();
  await amina.sees('Jij gaat helpen');
  for (const phone of [fatma, amina, joke]) {
    await phone.goes(`#/request/${request}/card`);
    await phone.sees(MARK);
    await phone.goes(`#/request/${request}`);
    await turnsNotes(phone);
    await phone.sees(NOTE);
    await looksForSealed(phone);
  }
  expect(sealed.size).toBeGreaterThanOrEqual(7);
  for (const phone of phones) expect(holds(await phone.keeps(), PLAIN)).toEqual([]);
});

test('it is erased while one of them has no reception', async () => {
  await amina.goes('');
  await amina.losesReception();
  await joke.goes(`#/request/${request}`);
  await joke.link('Wissen of uitdraaien').click();
  await joke.isPhotographed('erase-1');
  expect(await joke.accessibilityFindings()).toEqual([]);
  await joke.button('Ja, wis alles').click();
  await joke.sees('Het wissen is begonnen');
  await joke.isPhotographed('erase-2');
  expect(await joke.accessibilityFindings()).toEqual([]);
  const marks = [...PLAIN, ...sealed, request];
  for (const phone of [fatma, piet, joke]) {
    await expect.poll(async () => holds(await phone.keeps(), marks), { timeout: 30_000 }).toEqual([]);
  }
  const waitFor = async () => {
    const { erasures } = await joke.reads<{ erasures: { waits: { first_name: string }[] }[] }>(
      `/api/erasures?area=${street}`,
    );
    return erasures.flatMap(({ waits }) => waits.map(({ first_name }) => first_name));
  };
  await expect.poll(waitFor, { timeout: 30_000 }).toEqual(['Amina']);
});

test('the last phone lets go of it when it comes online, and the relay knows', async () => {
  await amina.findsReception();
  const marks = [...PLAIN, ...sealed, request];
  await expect.poll(async () => holds(await amina.keeps(), marks), { timeout: 30_000 }).toEqual([]);
  const report = () =>
    joke.reads<{ erasures: { done_at: number | null; waits: unknown[] }[] }>(`/api/erasures?area=${street}`);
  await expect.poll(report, { timeout: 30_000 }).toMatchObject({ erasures: [{ waits: [] }] });
  expect((await report()).erasures[0]?.done_at).not.toBeNull();
});

test('nothing that was typed or shown was ever written to a disk or a line in the clear', async () => {
  for (const phone of phones) {
    expect(holds(phone.said, PLAIN)).toEqual([]);
    await phone.closesBrowser();
    expect(await phone.onDisk(PLAIN), phone.name).toEqual([]);
  }
});
