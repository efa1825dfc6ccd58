import { afterAll, beforeAll, expect, test } from 'vitest';
import { looks } from './kit/looks';
import { DESKTOP, PHONE, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** A whole day of an ambassador on the phone, most of it in a stairwell without reception, and the coordinator's answer. */
const WHO = {
  name: 'Mevrouw Voorbeeld',
  address: 'nummer 7000',
  phone: '06 0000 4711',
  words: 'Ik kom de trap niet meer af',
  behind: 'Sinds haar zus weg is komt er niemand meer',
};
const NOTE = 'Bel eerst even aan bij de buren';
const ANSWER = 'Dank je, ik bel haar morgen';
const MARKS = [...Object.values(WHO), NOTE, ANSWER];
const readable = (text: string) => MARKS.filter((mark) => text.includes(mark));

let relay: Relay;
let fatma: Phone;
let joke: Phone;

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  for (const phone of [fatma, joke]) await phone.signsIn(relay);
});

afterAll(async () => {
  for (const phone of [fatma, joke]) await phone?.leaves();
  await relay?.closes();
});

/** The present screen is fit for everybody. */
async function isFine(what: string): Promise<void> {
  expect(await looks(fatma, `ambassador-${what}`)).toEqual([]);
  await fatma.page.setViewportSize(PHONE);
}

async function hears(theme: string, ask: string, soon: string): Promise<void> {
  await fatma.button(theme).click();
  await fatma.button(ask).click();
  await fatma.button('Verder').click();
  await fatma.button(new RegExp(`^${soon}`)).click();
}

test('in a stairwell a question is written down, and what is behind it', async () => {
  await fatma.losesReception();
  await fatma.sees('Geen bereik');
  await isFine('street');
  await fatma.link('Nieuwe vraag').click();
  await hears('Boodschappen', 'Zware boodschappen dragen', 'Deze week');
  await fatma.page.getByLabel('Naam').fill(WHO.name);
  await fatma.page.getByLabel('Huisnummer of adres').fill(WHO.address);
  await fatma.page.getByLabel('Telefoon').fill(WHO.phone);
  await fatma.button('Verder').click();
  await fatma.page
    .getByRole('group', { name: /coördinator/ })
    .getByRole('radio', { name: 'Ja' })
    .check();
  await fatma.button('Verder').click();
  await fatma.button('Bewaren').waitFor();

  await fatma.link('Wil je meer opschrijven?').click();
  await fatma.page.getByLabel('De vraag in eigen woorden').fill(WHO.words);
  await fatma.page.getByLabel('De vraag achter de vraag').fill(WHO.behind);
  await fatma.page.getByRole('radio', { name: 'Heeft bij veel dingen hulp nodig' }).check();
  await fatma.page.getByLabel(/^Welke taal/).selectOption({ label: 'Arabisch' });
  await isFine('more');
  await fatma.button('Klaar, terug naar het overzicht').click();
  await isFine('check');
  await fatma.button('Bewaren').click();
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  await isFine('saved');
});

test('another question at the same door asks for no name again, and belongs with the first', async () => {
  await fatma.link('Nog een vraag van dit adres?').click();
  await hears('Gezelschap', 'Samen koffie drinken', 'Het kan wachten');
  await fatma.sees(WHO.name);
  await fatma.button('Bewaren').click();
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  await fatma.link('Naar de straat').click();
  await fatma.card('Zware boodschappen dragen').click();
  await fatma.page.getByRole('heading', { name: 'Hoort hierbij' }).waitFor();
  await fatma.card('Samen koffie drinken').waitFor();
  await isFine('linked');
  await fatma.link('Hoort bij een andere vraag').click();
  await fatma.sees('Hoort nu bij 1 andere vraag.');
  await isFine('link');
  await fatma.button('Haal deze vraag weer los').click();
  await fatma.page.getByText('Hoort nu bij').waitFor({ state: 'detached' });
  await fatma
    .button(/^Samen koffie drinken.*vandaag/)
    .first()
    .click();
  await fatma.page.getByRole('heading', { name: 'Hoort hierbij' }).waitFor();
});

test('a neighbour who likes to do something is written down, and invited', async () => {
  await fatma.goes('');
  await fatma.link('Nieuw talent').click();
  await fatma.sees('1 van 3');
  await isFine('talent-theme');
  await fatma.button('Klusje').click();
  await fatma.button('Iets repareren').click();
  await fatma.button('Verder').click();
  await fatma.page.getByLabel('Naam').fill(WHO.name);
  await fatma.page
    .getByRole('group', { name: /contact zoekt/ })
    .getByRole('radio', { name: 'Ja' })
    .check();
  await isFine('talent-who');
  await fatma.button('Bewaren').click();
  await isFine('talent-saved');
  await fatma.link('Bekijk dit talent').click();
  await fatma.button('Uitnodigen').click();
  await fatma.sees('Je vroeg om een uitnodiging.');
  await isFine('talent');
  await fatma.goes('');
  await fatma.page.getByRole('link', { name: /^Talenten/ }).click();
  await fatma.card('Iets repareren').waitFor();
  await isFine('talents');
});

test('what is solved on the spot is one tap after writing it down', async () => {
  await fatma.goes('');
  await fatma.link('Nieuwe vraag').click();
  await hears('Papieren', 'Een brief begrijpen', 'Vandaag');
  await fatma.button('Sla over').click();
  await fatma.button('Bewaren').click();
  await fatma.link('Dit heb ik zelf al geregeld').click();
  await isFine('solve');
  await fatma.button('Ja, het is geregeld').click();
  await fatma.sees('Je hebt een buur geholpen.');
  await isFine('solved');
});

test('a neighbour was told yesterday, by phone', async () => {
  await fatma.goes('');
  await fatma.card('Een lamp ophangen').click();
  await fatma.link('Klaar').click();
  await fatma.button('Ja, het is klaar').click();
  await fatma.sees('Dank je wel!');
  await fatma.goes('');
  await fatma.page.getByRole('heading', { name: 'Wacht op jou' }).waitFor();
  await isFine('waits');
  await fatma.page.getByRole('link').filter({ hasText: 'Vertel hoe het ging' }).click();
  await fatma.page.getByRole('radio', { name: 'Gisteren' }).check();
  await isFine('tell');
  await fatma.button('Met de telefoon').click();
  await fatma.sees('Mooi. Je buur weet hoe het zit.');
  await fatma.link('Naar de straat').click();
  await fatma.page.getByRole('heading', { name: 'Wacht op jou' }).waitFor({ state: 'detached' });
});

test('nothing closes untold, unless with the reason why', async () => {
  await fatma.page.getByRole('link').filter({ hasText: 'Samen koffie drinken' }).last().click();
  await fatma.link('Vraag intrekken').click();
  await isFine('withdraw');
  await fatma.link('Schrijf op waarom').click();
  await isFine('untold');
  await fatma.button('Mijn buur is verhuisd').click();
  await fatma.sees('We hebben opgeschreven waarom.');
});

test('all of it is sent with the reception, and nothing of a resident can be read on the way', async () => {
  await fatma.findsReception();
  await fatma.isInSync();
  await joke.card('Zware boodschappen dragen').waitFor();
  expect(readable(await fatma.keeps())).toEqual([]);
  expect(readable(fatma.said)).toEqual([]);
});

test('notes go to and fro, also without reception, and who has seen them is told', async () => {
  await joke.card('Zware boodschappen dragen').click();
  await joke.page.getByText('Notities').click();
  await joke.sees('Eerste indruk: heeft bij veel dingen hulp nodig');
  await joke.page.getByLabel('Schrijf een notitie').fill(NOTE);
  await joke.button('Plaatsen').click();
  await joke.sees(NOTE);
  await joke.isInSync();

  await fatma.goes('');
  await fatma.card('Zware boodschappen dragen').click();
  await fatma.sees('1 nieuw');
  await isFine('notes-new');
  await fatma.page.getByText('Notities').click();
  await fatma.sees(NOTE);
  await fatma.isInSync();
  await fatma.losesReception();
  await fatma.sees('Geen bereik');
  await fatma.page.getByLabel('Schrijf een notitie').fill(ANSWER);
  await fatma.page.getByRole('radio', { name: 'Alleen voor de coördinator' }).check();
  await fatma.button('Plaatsen').click();
  await fatma.page
    .getByRole('listitem')
    .filter({ hasText: ANSWER })
    .filter({ hasText: 'Nog niet verstuurd' })
    .waitFor();
  await isFine('notes');
  await fatma.findsReception();
  await fatma.isInSync();

  await joke.page.reload();
  await joke.page.getByText('Notities').click();
  await joke.sees(ANSWER);
  await joke.sees('Gezien door Fatma');
  await joke.isPhotographed('ambassador-notes-desk');
  expect(await joke.accessibilityFindings()).toEqual([]);
  expect(readable(await fatma.keeps())).toEqual([]);
  expect(readable(fatma.said)).toEqual([]);
});

test('the story of a request is told in sentences, and the day is counted', async () => {
  await fatma.page.getByText('Wat er gebeurd is').click();
  await fatma.sees('Jij schreef de vraag op.');
  await fatma.sees('Jij zette de vraag bij een andere vraag.');
  await isFine('story');
  await fatma.goes('#/history');
  await fatma.sees('Je loste 1 vraag zelf op');
  await fatma.sees('Je vond 1 talent');
  await isFine('history');
});
