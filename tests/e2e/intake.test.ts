import { afterAll, beforeAll, expect, test } from 'vitest';
import { looks } from './kit/looks';
import { DESKTOP, PHONE, Phone } from './kit/phone';
import { Relay } from './kit/relay';
import { NAME, Resident } from './kit/resident';

/** Self-entry: a resident asks without an account, a coordinator looks, and only then it is on a board. */
let relay: Relay;
let joke: Phone;
const phones: Phone[] = [];
/** A number that nobody has. */
const number = `06-${String(Date.now()).slice(-8)}`;
const STREET = 'Lekstraat';
/** Where the board shows what was taken on. */
let accepted = '#/board';

async function somebody(manner = {}): Promise<Phone> {
  const phone = await Phone.of('Bewoner', relay, manner);
  phones.push(phone);
  return phone;
}

/** Makes a place to ask; answers where its link leads. */
async function makes(kind: 'Scherm bij het Startpunt' | 'Link voor thuis'): Promise<string> {
  await joke.goes('#/intake');
  await joke.link('Waar kunnen bewoners vragen?').click();
  await joke.page.getByRole('radio', { name: kind }).check();
  await joke.button('Maak deze plek').click();
  const link = await joke.page.locator('[data-link]').textContent();
  return new URL((link ?? '').trim()).hash;
}

async function opensFirst(): Promise<void> {
  await joke.goes('#/intake');
  await joke.card('Samen koffie drinken').first().click();
  await joke.button('Bekijk wie het vraagt').waitFor();
}

beforeAll(async () => {
  relay = await Relay.opens();
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  phones.push(joke);
  await joke.signsIn(relay);
});

afterAll(async () => {
  for (const phone of phones) await phone.leaves();
  await relay?.closes();
});

test('a coordinator makes a place where residents ask, and prints it', async () => {
  await joke.goes('#/intake');
  await joke.sees('Er wacht geen vraag');
  expect(await looks(joke, 'intake-empty')).toEqual([]);
  await makes('Scherm bij het Startpunt');
  expect(await looks(joke, 'intake-forms')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.page.emulateMedia({ media: 'print' });
  await joke.isPhotographed('intake-on-paper');
  const [shown, hidden] = [joke.page.getByText('Scan de code met je telefoon'), joke.button('Maak deze plek')];
  const onPaper = [await shown.isVisible(), await hidden.isVisible()];
  await joke.page.emulateMedia({ media: 'screen' });
  expect(onPaper).toEqual([true, false]);
});

test('a resident asks at the Startpunt, and the screen forgets it', async () => {
  const screen = await somebody({ viewport: DESKTOP });
  await screen.goes(await makes('Scherm bij het Startpunt'));
  const findings: string[] = [];
  const resident = new Resident(screen, 'nl', async (what) => {
    findings.push(...(await looks(screen, `asking-nl-${what}`)));
    await screen.page.setViewportSize(DESKTOP);
  });
  await resident.answers(STREET, number);
  expect(await screen.remembers(number)).toEqual([]);
  expect(await screen.page.getByRole('navigation').count()).toBe(0);

  await resident.sends();
  await resident.isThanked();

  expect(findings).toEqual([]);
  await screen.button('Klaar').click();
  await resident.heading('asking.start');
  expect(await screen.remembers(number)).toEqual([]);
  expect(screen.said).not.toContain(number);
  expect(screen.said).not.toContain(NAME);
  await screen.page.goBack().catch(() => undefined);
  expect(await screen.page.content()).not.toContain(number);
});

test('a coordinator looks, and takes it on once though the line breaks halfway', async () => {
  await opensFirst();
  expect(await looks(joke, 'intake-review-closed')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.button('Bekijk wie het vraagt').click();
  await joke.sees(NAME);
  await joke.sees(number);
  expect(await looks(joke, 'intake-review')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  expect(await joke.remembers(number)).toEqual([]);
  await joke.page.context().route('**/decide', (route) => route.abort(), { times: 1 });

  await joke.button('Neem de vraag over').click();
  await joke.sees('Deze vraag staat al op het bord');
  expect(await looks(joke, 'intake-half')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.page.reload();
  await joke.sees('Deze vraag staat al op het bord');
  await joke.button('Rond het af').click();

  await joke.sees('De vraag staat op het bord');
  const request = new URL((await joke.link('Bekijk de vraag').getAttribute('href')) ?? '', 'http://localhost');
  accepted = `#/board/all/${request.hash.split('/').pop()}`;
  expect(await looks(joke, 'intake-accepted')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.goes('#/intake');
  await joke.sees('Er wacht geen vraag');
  await joke.isInSync();
  await joke.goes('#/board');
  await joke.card('Samen koffie drinken').first().waitFor();
});

test('the board says where it came from, and the card who asked', async () => {
  await joke.goes(accepted);
  await joke.sees('Van het Startpunt');
  await joke.link('Contactkaart').click();
  await joke.sees(NAME);
  await joke.sees(number);
});

test('who does not know their street is placed by the coordinator', async () => {
  const home = await somebody({ viewport: PHONE });
  await home.goes(await makes('Link voor thuis'));
  const resident = new Resident(home);
  await resident.answers(null, number);
  await home.page.goBack();
  await resident.heading('asking.consent');
  await home.page.goForward();
  await resident.heading('asking.check');
  await resident.sends();
  await resident.heading('asking.thanks');
  // The way back of the phone leads to nothing of what was asked before.
  await resident.presses('asking.another');
  await resident.heading('asking.start');
  await home.page.goBack();
  await resident.heading('asking.start');
  expect(await home.page.content()).not.toContain(number);

  await opensFirst();
  await joke.sees('De bewoner wist de straat niet');
  await joke.button('Bekijk wie het vraagt').click();
  await joke.sees('Elders 12');
  await joke.page.getByLabel('Welke straat?').selectOption({ label: `\u00a0\u00a0\u00a0\u00a0${STREET}` });
  await joke.button('Neem de vraag over').click();
  await joke.sees('De vraag staat op het bord');
  await joke.link('Bekijk de vraag').click();
  await joke.sees(STREET);
});

test('a public form takes a question without reception, and says so when it is switched off', async () => {
  const link = await makes('Link voor thuis');
  const home = await somebody({ viewport: PHONE });
  await home.goes(link);
  const resident = new Resident(home);
  await resident.answers(STREET, number);
  await home.losesReception();
  await resident.sends();
  await resident.heading('asking.waits_title');
  expect(await looks(home, 'asking-nl-waits')).toEqual([]);
  await home.findsReception();
  await resident.heading('asking.thanks');

  await joke.goes('#/intake');
  await joke.card('Samen koffie drinken').first().waitFor();
  await joke.link('Waar kunnen bewoners vragen?').click();
  await joke
    .button(/^Zet uit: Link voor thuis/)
    .first()
    .click();
  await joke.button('Ja, zet uit').click();
  await joke.button('Ja, zet uit').waitFor({ state: 'detached' });
  await home.page.reload();
  await resident.heading('asking.closed_title');
  expect(await looks(home, 'asking-nl-closed')).toEqual([]);
});

test('what is not taken on is gone, with a reason', async () => {
  await opensFirst();
  await joke.button('Neem de vraag niet over').click();
  expect(await looks(joke, 'intake-decline')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.button('De vraag is al bekend').click();
  await joke.sees('De vraag is niet overgenomen');
  await joke.goes('#/people');
  await joke.link('Wie deed wat').click();
  await joke.sees(/nam een vraag van een bewoner niet over/);
  await joke.sees(/bekeek een vraag die een bewoner zelf stelde/);
});

test('a screen that nobody touches asks, and clears itself', async () => {
  const screen = await somebody({ viewport: DESKTOP });
  const link = await makes('Scherm bij het Startpunt');
  await screen.page.clock.install();
  await screen.goes(link);
  const resident = new Resident(screen);
  await resident.answers(STREET, number);
  await screen.page.clock.runFor(91_000);
  await screen.sees('Ben je er nog?');
  expect(await screen.accessibilityFindings()).toEqual([]);
  await screen.isPhotographed('asking-nl-there');
  await screen.button('Ja, ik ga verder').click();
  await screen.page.getByText(number).first().waitFor();
  await screen.page.clock.runFor(91_000);
  await screen.sees('Ben je er nog?');
  await screen.page.clock.runFor(31_000);
  await resident.heading('asking.start');
  expect(await screen.page.content()).not.toContain(number);
  await resident.presses('asking.begin');
  await resident.presses('theme.company');
  await resident.presses('ask.coffee');
  expect(await screen.page.getByLabel(resident.word('asking.words_label')).inputValue()).toBe('');
  await screen.page.reload();
  await resident.heading('asking.start');
});

test.each(['en', 'ar'] as const)('everything is there in %s', async (locale) => {
  const screen = await somebody({ viewport: PHONE });
  await screen.goes(await makes('Scherm bij het Startpunt'));
  await screen.page.locator(`label:has(span[lang="${locale}"])`).click();
  const findings: string[] = [];
  const resident = new Resident(screen, locale, async (what) => {
    findings.push(...(await looks(screen, `asking-${locale}-${what}`)));
    await screen.page.setViewportSize(PHONE);
  });
  await resident.answers(STREET, number);
  expect(await screen.page.locator('html').getAttribute('dir')).toBe(locale === 'ar' ? 'rtl' : 'ltr');
  await resident.sends();
  await resident.isThanked();
  expect(findings).toEqual([]);
  // The next one finds the language of the house.
  await resident.presses('asking.ready');
  await new Resident(screen).heading('asking.start');
});
