import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Locator } from 'playwright-core';
import { WALK, logs, type Wish } from './kit/deeds';
import { looks } from './kit/looks';
import { DESKTOP, PHONE, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** A coordinator's day at the desk: what is new is weighed, somebody is found, and what belongs together is put together. */
const SHOP: Wish = { theme: 'Boodschappen', ask: 'Boodschappen halen', soon: 'Vandaag' };

let relay: Relay;
let fatma: Phone;
let amina: Phone;
let joke: Phone;

const panel = (): Locator => joke.page.getByRole('complementary', { name: 'De gekozen vraag' });
const column = (name: string): Locator => joke.page.getByRole('region', { name: new RegExp(`^${name}`) });
const isIn = (name: string, ask: string) => column(name).getByRole('link').filter({ hasText: ask }).waitFor();
const isGone = (ask: string) => joke.card(ask).waitFor({ state: 'detached' });
const opens = async (ask: string): Promise<void> => {
  await joke.card(ask).click();
  await panel().getByRole('heading', { name: ask }).waitFor();
};
const unfolds = (group: string) => joke.page.locator('summary').filter({ hasText: group }).click();
const presses = (key: string) => joke.page.keyboard.press(key);
const focused = () => joke.page.evaluate(() => document.activeElement?.textContent?.replace(/\s+/g, ' ').trim() ?? '');

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  for (const phone of [fatma, amina, joke]) await phone.signsIn(relay);
  await logs(fatma, WALK);
  await fatma.sees('Veilig verstuurd');
  await fatma.goes('');
  await logs(fatma, SHOP);
  await fatma.sees('Veilig verstuurd');
  await joke.goes('#/board/all');
});

afterAll(async () => {
  for (const phone of [fatma, amina, joke]) await phone?.leaves();
  await relay?.closes();
});

test('what is new is looked at', async () => {
  await isIn('Nieuw', WALK.ask);
  await opens(WALK.ask);
  await panel().getByRole('button', { name: 'Vraag Amina' }).waitFor();
  expect(await looks(joke, 'coordinator-new')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await panel().getByRole('button', { name: 'Bekeken' }).click();
  await isIn('Zoekt hulp', WALK.ask);
});

test('a heavier route says why', async () => {
  await panel().getByRole('button', { name: 'Andere route kiezen' }).click();
  await panel()
    .getByRole('radio', { name: /^Samen met een organisatie/ })
    .check();
  expect(await looks(joke, 'coordinator-route')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await panel().getByRole('button', { name: 'Bewaren' }).click();
  await joke.sees('Kies eerst waarom.');
  await panel().getByRole('radio', { name: 'Er is geen buur gevonden' }).check();
  await panel().getByRole('button', { name: 'Bewaren' }).click();
  await joke.sees('Omdat: Er is geen buur gevonden');
  await column('Zoekt hulp').getByText('Samen met een organisatie').waitFor();
});

test('how far help is looked for is widened by hand', async () => {
  const steps = panel().getByRole('group', { name: 'Waar zoeken we?' });
  await steps.getByRole('button', { name: 'In de buurt' }).click();
  await steps.getByRole('button', { name: 'In de buurt', pressed: true }).waitFor();
});

test('an organisation is not needed after all', async () => {
  await joke.sees('We wachten op een organisatie.');
  await panel().getByRole('button', { name: 'Andere route kiezen' }).click();
  await panel()
    .getByRole('radio', { name: /^Buren en vrijwilligers/ })
    .check();
  await panel().getByRole('button', { name: 'Bewaren' }).click();
  await column('Zoekt hulp').getByText('Samen met een organisatie').waitFor({ state: 'detached' });
});

test('a neighbour is asked, offers and helps', async () => {
  await panel().getByText('In dezelfde buurt').first().waitFor();
  await panel().getByRole('button', { name: 'Vraag Amina' }).click();
  await panel().getByText('Gevraagd, nog geen antwoord').first().waitFor();
  const id = await joke.card(WALK.ask).getAttribute('data-request');
  await amina.goes(`#/request/${id}`);
  await amina.button('Ik help').click();
  await isIn('Bezig', WALK.ask);
  await panel().getByText('Gaat helpen').first().waitFor();
});

test('a helper is let go, and another one is matched by hand', async () => {
  await panel().getByRole('button', { name: 'Amina loslaten' }).click();
  await joke.sees('Amina hoeft dan niet meer te helpen.');
  await panel().getByRole('button', { name: 'Ja, zoek iemand anders' }).click();
  await isIn('Zoekt hulp', WALK.ask);
  await panel().getByRole('button', { name: 'Koppel Piet' }).click();
  await isIn('Bezig', WALK.ask);
  expect(await looks(joke, 'coordinator-busy')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
});

test('it is done, and waits to be told', async () => {
  await panel().getByRole('link', { name: 'Klaar' }).click();
  await joke.button('Ja, het is klaar').click();
  await joke.sees('Dank je wel!');
  await joke.goes('#/board/all');
  await isIn('Terugkoppelen', WALK.ask);
});

test('two requests of a street are answered together, and apart again', async () => {
  await opens(SHOP.ask);
  await panel().getByRole('button', { name: 'Samenvoegen met een andere vraag' }).click();
  await panel()
    .getByRole('button', { name: /^Samen koffie drinken/ })
    .click();
  await joke.sees('Hoort bij deze vraag. Het antwoord komt samen.');
  await isIn('Bezig', SHOP.ask);
  expect(await looks(joke, 'coordinator-together')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await panel().getByRole('button', { name: 'Weer apart' }).click();
  await isIn('Nieuw', SHOP.ask);
  await panel().getByRole('button', { name: 'Sluiten' }).click();
});

test('the board is narrowed, and back widens it again', async () => {
  await unfolds('Onderwerp');
  await joke.page.getByRole('checkbox', { name: 'Boodschappen' }).check();
  await isGone(WALK.ask);
  await isIn('Nieuw', SHOP.ask);
  expect(await looks(joke, 'coordinator-narrowed')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.page.goBack();
  await isIn('Terugkoppelen', WALK.ask);
  await joke.page.goForward();
  await isGone(WALK.ask);
  await joke.button('Alles wissen').click();
  await isIn('Terugkoppelen', WALK.ask);
});

test('a way of looking is kept under a name, also after the browser was closed', async () => {
  await unfolds('Hoe snel nodig');
  await joke.page.getByRole('checkbox', { name: 'Vandaag nodig' }).check();
  await isGone(WALK.ask);
  await unfolds('Bewaarde filters');
  await joke.button('Bewaar wat ik nu zie').click();
  await joke.page.getByLabel('Hoe noem je dit?').fill('Haast');
  await joke.button('Bewaren').click();
  await joke.link('Haast').waitFor();
  await joke.goes('#/board/all');
  await joke.reopens();
  await joke.link('Haast').click();
  await isGone(WALK.ask);
  await isIn('Nieuw', SHOP.ask);
  await joke.button('Haast weghalen').click();
  await joke.link('Haast').waitFor({ state: 'detached' });
  await joke.button('Alles wissen').click();
});

test('words, streets and helpers are found, and what is typed stays out of the address', async () => {
  const box = joke.page.getByRole('searchbox', { name: 'Zoek op het bord' });
  await box.fill('wandel');
  await isGone(SHOP.ask);
  await joke.card(WALK.ask).waitFor();
  await box.fill('lekstr');
  await joke.card(SHOP.ask).waitFor();
  await joke.card('Naar de dokter').waitFor({ state: 'detached' });
  await box.fill('piet');
  await joke.card('Een lamp ophangen').waitFor();
  await isGone(SHOP.ask);
  expect(await joke.remembers('piet')).toEqual([]);
  await box.fill('zzz');
  await joke.sees('Niets gevonden.');
  await box.press('Escape');
  await joke.card(SHOP.ask).waitFor();
});

test('the table sorts, and shows the same', async () => {
  await joke.button('Tabel').click();
  const table = joke.page.getByRole('table');
  await table.getByRole('button', { name: 'Straat' }).click();
  await table.getByRole('columnheader', { name: 'Straat' }).and(joke.page.locator('[aria-sort=ascending]')).waitFor();
  const streets = await table.locator('tbody tr td:nth-of-type(2)').allTextContents();
  // Streets stand as they do beside the board, so those of one quarter stay together.
  expect(streets.filter((street, at) => street !== streets[at - 1])).toEqual([...new Set(streets)]);
  expect(await looks(joke, 'coordinator-table')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.card(SHOP.ask).click();
  await panel().getByRole('heading', { name: SHOP.ask }).waitFor();
  await panel().getByRole('button', { name: 'Sluiten' }).click();
  await joke.button('Kolommen').click();
});

test('a whole request is worked by keys alone', async () => {
  await joke.goes('#/me');
  await joke.link('Bord').click();
  await joke.card(SHOP.ask).waitFor();
  await presses('/');
  await joke.page.keyboard.type('boodschappen');
  await isGone(WALK.ask);
  await presses('Tab');
  await presses('j');
  expect(await focused()).toContain(SHOP.ask);
  await presses('Enter');
  await panel().getByRole('button', { name: 'Vraag Piet' }).waitFor();
  await presses('r');
  expect(await focused()).toBe('Andere route kiezen');
  await presses('m');
  expect(await focused()).toBe('Wie past hierbij?');
  await presses('a');
  expect(await focused()).toMatch(/^Vraag /);
  await presses('Enter');
  await panel().getByText('Gevraagd, nog geen antwoord').first().waitFor();
  await presses('Escape');
  await panel().waitFor({ state: 'detached' });
  await presses('?');
  await joke.page.getByRole('dialog', { name: 'Toetsen' }).waitFor();
  expect(await joke.accessibilityFindings()).toEqual([]);
  await joke.isPhotographed('coordinator-keys');
  await presses('Escape');
  await joke.page.getByRole('dialog', { name: 'Toetsen' }).waitFor({ state: 'hidden' });
});

test('letters typed in a field are only letters', async () => {
  await joke.goes('#/board/all');
  const box = joke.page.getByRole('searchbox', { name: 'Zoek op het bord' });
  await box.fill('');
  await box.pressSequentially('jkmra?');
  expect(await box.inputValue()).toBe('jkmra?');
  await box.fill('');
  expect(await panel().count()).toBe(0);
});

test('talents have their place, and how long help is looked for is chosen per area', async () => {
  await joke.link('Talenten').click();
  await joke.sees('Nog geen talenten hier');
  expect(await looks(joke, 'coordinator-talents')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.link('Mensen').click();
  await joke.link('Hoe lang we zoeken').click();
  await joke.sees('Tegelijk vragen we ook de buurt.');
  await joke.button('Aanpassen: Vandaag nodig').click();
  expect(await looks(joke, 'coordinator-ladder')).toEqual([]);
  await joke.page.getByLabel('Zo lang zoeken we alleen in de straat', { exact: true }).fill('2');
  await joke.button('Bewaren').click();
  await joke.sees('Na 2 uur vragen we ook de buurt.');
  await joke.button('Weer zoals gewoonlijk: Vandaag nodig').click();
  await joke.sees('Tegelijk vragen we ook de buurt.');
});

test('it all works on a phone as well', async () => {
  await joke.page.setViewportSize(PHONE);
  await joke.goes('#/board/all');
  await joke.button(/^Nieuw/).click();
  await joke.card(SHOP.ask).click();
  await panel().getByRole('button', { name: 'Bekeken' }).click();
  await panel().getByText('Wie past hierbij?').waitFor();
  expect(await joke.accessibilityFindings()).toEqual([]);
  await joke.isPhotographed('coordinator-phone-panel');
  await panel().getByRole('button', { name: 'Sluiten' }).click();
  await joke.button(/^Zoekt hulp/).click();
  await joke.card(SHOP.ask).waitFor();
  await joke.button(/^Filteren/).click();
  await unfolds('Hoe oud');
  await joke.page.getByRole('checkbox', { name: 'Ouder dan 1 dag' }).check();
  await joke.sees('Niets gevonden.');
  expect(await joke.accessibilityFindings()).toEqual([]);
  await joke.isPhotographed('coordinator-phone-filter');
  await joke.button('Alles wissen').click();
  await joke.card(SHOP.ask).waitFor();
});
