import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs } from './kit/deeds';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** One case, from a door without reception to its end: who sees the contact card when, and when no longer. */
const WHO = {
  name: 'Mevrouw Voorbeeld',
  address: 'nummer 7000',
  phone: '06 0000 4711',
  words: 'Ik durf niet goed alleen naar buiten',
};
const MARKS = [WHO.name, WHO.address, WHO.phone, '4711', WHO.words];
const readable = (text: string) => MARKS.filter((mark) => text.includes(mark));

let relay: Relay;
let fatma: Phone;
let amina: Phone;
let piet: Phone;
let joke: Phone;

let street = '';
let request = '';

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  piet = await Phone.of('Piet', relay);
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  for (const phone of [fatma, amina, piet, joke]) await phone.signsIn(relay);
});

afterAll(async () => {
  for (const phone of [fatma, amina, piet, joke]) await phone?.leaves();
  await relay?.closes();
});

test('a card that is typed without reception is sent sealed, and its author reads it', async () => {
  await fatma.losesReception();
  await fatma.sees('Geen bereik');
  await logs(fatma, { ...WALK, who: WHO, agrees: { coördinator: true, vrijwilliger: true } });
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  [, , street = '', , request = ''] = new URL(fatma.page.url()).hash.split('/');
  await fatma.findsReception();
  await fatma.isInSync();
  await fatma.goes('');
  await fatma.card(WALK.ask).click();
  await fatma.link('Contactkaart').click();
  await fatma.sees(WHO.phone);
  await fatma.isPhotographed('case-1-author');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  expect(readable(await fatma.keeps())).toEqual([]);
  expect(readable(fatma.said)).toEqual([]);
});

test('a volunteer sees no phone number before the match, and asks for it in vain', async () => {
  await amina.card(WALK.ask).click();
  await amina.button('Ik help').waitFor();
  expect(await amina.link('Contactkaart').count()).toBe(0);
  expect(await amina.asksForCard(request, street)).toBe('not-allowed');
});

test('who is matched reads it, also without reception; another volunteer does not', async () => {
  await amina.button('Ik help').click();
  await amina.sees('Jij gaat helpen');
  await amina.link('Contactkaart').click();
  await amina.sees(WHO.phone);
  await amina.page.getByRole('link', { name: 'Bellen' }).waitFor();
  await amina.isPhotographed('case-2-helper');
  expect(await amina.accessibilityFindings()).toEqual([]);
  expect(await piet.asksForCard(request, street)).toBe('not-allowed');

  await amina.losesReception();
  await amina.reopens();
  await amina.sees('Geopend zonder bereik.');
  await amina.sees(WHO.phone);
  await amina.isPhotographed('case-3-offline');
  expect(readable(await amina.keeps())).toEqual([]);
  // The screen that shows it is left, and it is nowhere.
  await amina.goes('');
  expect(readable(await amina.page.content())).toEqual([]);
});

test('a coordinator reads it with consent, and changes it', async () => {
  await joke.card(WALK.ask).click();
  await joke.link('Contactkaart').click();
  await joke.sees(WHO.phone);
  await joke.isPhotographed('case-4-desk');
  expect(await joke.accessibilityFindings()).toEqual([]);
  await joke.button('Kaart aanpassen').click();
  await joke.page.getByLabel('Huisnummer of adres').fill('nummer 7001');
  await joke.button('Bewaren').click();
  await joke.sees('nummer 7001');
  await joke.isInSync();
});

test('a resident who says no while the volunteer is offline is heard by that phone first of all', async () => {
  await fatma.goes('');
  await fatma.card(WALK.ask).click();
  await fatma.link('Contactkaart').click();
  await fatma.link('Wat vindt je buur goed?').click();
  const question = fatma.page.getByRole('group', { name: /vrijwilliger/ });
  await question.getByRole('radio', { name: 'Ja', checked: true }).waitFor();
  await question.getByRole('radio', { name: 'Nee' }).check();
  await fatma.isPhotographed('case-5-withdrawn');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  await fatma.isInSync();

  await amina.findsReception();
  await amina.isInSync();
  await expect.poll(() => amina.keeps()).not.toContain('"c/');
  await amina.card(WALK.ask).click();
  await amina.link('Contactkaart').click();
  await amina.sees('Je buur vindt dit (nog) niet goed.');
  await amina.losesReception();
  await amina.reopens();
  await amina.sees('De contactkaart staat niet op deze telefoon.');
  expect(readable(await amina.page.content())).toEqual([]);
  await amina.findsReception();
});

test('after the work is done the card is shut for the volunteer, without reception too', async () => {
  await fatma.page
    .getByRole('group', { name: /vrijwilliger/ })
    .getByRole('radio', { name: 'Ja' })
    .check();
  await fatma.isInSync();
  await amina.isInSync();
  await amina.reopens();
  await amina.sees('nummer 7001');
  await amina.goes('');
  await amina.card(WALK.ask).click();
  await amina.link('Klaar').click();
  await amina.button('Ja, het is klaar').click();
  await amina.sees('Dank je wel!');
  await amina.isInSync();
  await expect.poll(() => amina.keeps()).not.toContain('"c/');
  expect(await amina.asksForCard(request, street)).toMatch(/case-closed|not-allowed/);
  await amina.losesReception();
  await amina.goes(`#/request/${request}/card`);
  await amina.sees('Deze vraag is klaar. De kaart is dicht.');
  expect(readable(await amina.page.content())).toEqual([]);
  await amina.findsReception();
});

test('in danger 112 is two taps away and everything works without reception', async () => {
  await fatma.losesReception();
  await fatma.goes('');
  await fatma.link('Gevaar?').click();
  expect(await fatma.page.getByRole('link', { name: 'Bel 112' }).getAttribute('href')).toBe('tel:112');
  await fatma.isPhotographed('danger-1-street');
  expect(await fatma.accessibilityFindings()).toEqual([]);

  await fatma.goes(`#/request/${request}`);
  await fatma.link('Gevaar?').click();
  await fatma.sees('0800-2000');
  await fatma.button('Contactkaart gebruiken').click();
  await fatma.isPhotographed('danger-2-why');
  await fatma.button('Iemand is erg ziek of gewond').click();
  await fatma.sees(WHO.phone);
  await fatma.isPhotographed('danger-3-card');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  await fatma.status.filter({ hasText: '1 bewaard, nog niet verstuurd' }).waitFor();
  await fatma.findsReception();
  await fatma.isInSync();
});
