import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs, offersHelp } from './kit/deeds';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** The whole way of one request: a stairwell without reception, a volunteer's phone, the coordinator's board. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;
let piet: Phone;
let joke: Phone;

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

test('a request is logged without reception and survives closing the browser', async () => {
  await fatma.losesReception();
  await fatma.sees('Geen bereik');
  await logs(fatma, WALK);
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  await fatma.isPhotographed('path-1-saved-offline');

  await fatma.reopens();
  await fatma.goes('');
  await fatma.card(WALK.ask).filter({ hasText: 'Nog niet verstuurd' }).waitFor();
  await fatma.status.filter({ hasText: '1 bewaard, nog niet verstuurd' }).waitFor();
  await fatma.isPhotographed('path-2-reopened-offline');
  expect(await amina.card(WALK.ask).count()).toBe(0);
});

test('with reception it is sent, and appears for the volunteers and on the board', async () => {
  await fatma.findsReception();
  await Promise.all([amina, piet, joke].map((phone) => phone.card(WALK.ask).waitFor()));
  await fatma.isInSync();
  await fatma.card(WALK.ask).filter({ hasText: 'Hulp gezocht' }).waitFor();
  await amina.isPhotographed('path-3-volunteer');
  await joke.isPhotographed('path-4-board');
  await joke.page
    .getByRole('region', { name: /^Nieuw/ })
    .getByRole('link')
    .filter({ hasText: WALK.ask })
    .waitFor();
});

test('a volunteer accepts without reception, and everybody sees it once it is sent', async () => {
  await amina.losesReception();
  await offersHelp(amina, WALK);
  await amina.sees('Je aanbod is bewaard');
  await amina.isPhotographed('path-5-offered-offline');
  await amina.reopens();
  await amina.sees('Je aanbod is bewaard');
  expect(await fatma.card(WALK.ask).filter({ hasText: 'Hulp gevonden' }).count()).toBe(0);

  await amina.findsReception();
  await amina.sees('Jij gaat helpen');
  await fatma.card(WALK.ask).filter({ hasText: 'Hulp gevonden' }).waitFor();
  await joke.page
    .getByRole('region', { name: /^Bezig/ })
    .getByRole('link')
    .filter({ hasText: WALK.ask })
    .waitFor();
  await fatma.isPhotographed('path-6-found');
  await joke.isPhotographed('path-7-busy');
});

test('it is done, and the resident is told', async () => {
  await amina.link('Klaar').click();
  await amina.button('Ja, het is klaar').click();
  await amina.sees('Dank je wel!');
  await fatma.page.getByRole('heading', { name: 'Wacht op jou' }).waitFor();
  await fatma.isPhotographed('path-8-tell');
  await fatma.page.getByRole('link').filter({ hasText: 'Vertel hoe het ging' }).click();
  await fatma.button('Aan de deur').click();
  await joke.page
    .getByRole('region', { name: /^Afgerond/ })
    .getByRole('link')
    .filter({ hasText: WALK.ask })
    .waitFor();
});

test('reception goes and comes back while the app stays open', async () => {
  await fatma.goes('');
  await fatma.losesReception();
  await fatma.sees('Geen bereik');
  await logs(fatma, { theme: 'Papieren', ask: 'Een brief begrijpen', soon: 'Deze week' });
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  await fatma.findsReception();
  await fatma.sees('Veilig verstuurd');
});

test('a reload anywhere, at any time, loses nothing', async () => {
  for (const phone of [fatma, amina, piet, joke]) {
    await phone.goes('');
    await phone.page.reload();
    await phone.isInSync();
  }
  await joke.page
    .getByRole('region', { name: /^Afgerond/ })
    .getByRole('link')
    .filter({ hasText: WALK.ask })
    .waitFor();
});

test('two tabs of one phone show the same, whichever of them leads', async () => {
  const second = await fatma.opensTab();
  await logs(fatma, { theme: 'Klusje', ask: 'Hulp in de tuin', soon: 'Vandaag' });
  await second.getByRole('link').filter({ hasText: 'Hulp in de tuin' }).waitFor();
  // The tab that led is closed; the other takes over and what it does is sent.
  await fatma.closesFirstTab();
  // What can wait is looked for in the street first, and Amina lives elsewhere.
  await logs(fatma, { theme: 'Taal', ask: 'Een brief voorlezen', soon: 'Vandaag' });
  await fatma.sees('Veilig verstuurd');
  await amina.goes('');
  await amina.card('Een brief voorlezen').waitFor();
});
