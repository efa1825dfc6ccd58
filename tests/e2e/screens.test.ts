import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs, offersHelp } from './kit/deeds';
import { looks } from './kit/looks';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** Every screen, on a phone and on a desktop, light and dark, in every language: axe finds nothing on any. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;
let joke: Phone;

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  for (const phone of [fatma, amina, joke]) await phone.signsIn(relay);
  await logs(fatma, WALK);
  await fatma.sees('Veilig verstuurd');
  await amina.goes('');
  await offersHelp(amina, WALK);
  await amina.sees('Jij gaat helpen');
});

afterAll(async () => {
  for (const phone of [fatma, amina, joke]) await phone?.leaves();
  await relay?.closes();
});

test("an ambassador's screens", async () => {
  await fatma.goes('');
  await fatma.card(WALK.ask).waitFor();
  expect(await looks(fatma, 'street')).toEqual([]);
  await fatma.link('Nieuwe vraag').click();
  expect(await looks(fatma, 'log-1-theme')).toEqual([]);
  await fatma.button('Boodschappen').click();
  expect(await looks(fatma, 'log-2-ask')).toEqual([]);
  await fatma.button('Boodschappen halen').click();
  expect(await looks(fatma, 'log-3-when')).toEqual([]);
  await fatma.button('Verder').click();
  expect(await looks(fatma, 'log-4-soon')).toEqual([]);
  await fatma.button(/^Vandaag/).click();
  expect(await looks(fatma, 'log-5-who')).toEqual([]);
  await fatma.page.getByLabel('Naam').fill('Mevrouw Voorbeeld');
  await fatma.button('Verder').click();
  expect(await looks(fatma, 'log-6-consent')).toEqual([]);
  await fatma.button('Verder').click();
  expect(await looks(fatma, 'log-7-check')).toEqual([]);
  await fatma.button('Bewaren').click();
  await fatma.sees('Veilig verstuurd');
  expect(await looks(fatma, 'log-8-saved')).toEqual([]);
  await fatma.goes('');
  await fatma.card(WALK.ask).click();
  await fatma.sees('Amina gaat helpen.');
  expect(await looks(fatma, 'request-ambassador')).toEqual([]);
  await fatma.link('Vraag intrekken').click();
  expect(await looks(fatma, 'withdraw')).toEqual([]);
});

test("a volunteer's screens", async () => {
  await amina.goes('');
  await amina.page.getByRole('heading', { name: 'Jouw afspraken' }).waitFor();
  expect(await looks(amina, 'volunteer')).toEqual([]);
  await amina.card(WALK.ask).click();
  await amina.sees('Jij gaat helpen');
  expect(await looks(amina, 'request-volunteer')).toEqual([]);
  await amina.goes('#/me');
  await amina.link('Afmelden op deze telefoon').waitFor();
  expect(await looks(amina, 'me')).toEqual([]);
});

test("the coordinator's board, with one card open", async () => {
  await joke.goes('');
  await joke.card(WALK.ask).waitFor();
  expect(await looks(joke, 'board')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.card(WALK.ask).click();
  await joke.sees('Amina gaat helpen.');
  expect(await looks(joke, 'board-open')).toEqual([]);
});

test('the board can be worked from the keyboard and narrowed to an area', async () => {
  await joke.page.setViewportSize(DESKTOP);
  await joke.link('Ik').click();
  // The keys are heard where the focus is: on the board, as soon as one gets there.
  await joke.link('Bord').click();
  await joke.card(WALK.ask).waitFor();
  await joke.page.keyboard.press('j');
  await joke.page.keyboard.press('Enter');
  await joke.page.getByRole('complementary', { name: 'De gekozen vraag' }).waitFor();
  await joke.page.keyboard.press('Escape');
  await joke.page.getByRole('complementary', { name: 'De gekozen vraag' }).waitFor({ state: 'detached' });
  await joke.page
    .getByRole('navigation', { name: 'Kies een gebied' })
    .getByRole('link', { name: /Hoogzandveld/ })
    .click();
  await joke.card(WALK.ask).waitFor({ state: 'detached' });
});

test('everything is there in English', async () => {
  const visitor = await Phone.of('Piet', relay, { locale: 'en-GB' });
  try {
    await visitor.goes('');
    await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    expect(await visitor.page.locator('html').getAttribute('lang')).toBe('en');
    expect(await looks(visitor, 'welcome-en')).toEqual([]);
  } finally {
    await visitor.leaves();
  }
});

test('everything is there in Arabic, from right to left', async () => {
  const visitor = await Phone.of('Piet', relay, { locale: 'ar-SY' });
  try {
    await visitor.goes('');
    await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    const html = visitor.page.locator('html');
    expect([await html.getAttribute('lang'), await html.getAttribute('dir')]).toEqual(['ar', 'rtl']);
    expect(await looks(visitor, 'welcome-ar')).toEqual([]);
  } finally {
    await visitor.leaves();
  }
});
