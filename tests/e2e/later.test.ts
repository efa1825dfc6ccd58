import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** The desk comes in a bundle of its own: with or without a network, and with words when it does not come. */
let relay: Relay;
const phones: Phone[] = [];

async function desk(): Promise<Phone> {
  const joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  phones.push(joke);
  return joke;
}

beforeAll(async () => {
  relay = await Relay.opens();
});

afterAll(async () => {
  for (const phone of phones) await phone.leaves();
  await relay?.closes();
});

test('a desk that does not come says so, and comes when it is asked for again', async () => {
  const joke = await desk();
  await joke.isWithout('**/assets/desk-*.js');
  await joke.goes(`#/start/${relay.secret('Joke')}`);
  await joke.button('Beginnen').click();
  await joke.sees('Dit deel van Kruispunt kwam niet binnen');
  expect(await joke.accessibilityFindings()).toEqual([]);
  await joke.isPhotographed('later-1-not-there');
  await joke.hasEverything();
  await joke.button('Probeer opnieuw').click();
  await joke.page.getByRole('heading', { name: 'Alle straten' }).waitFor();
});

test('the desk opens without a network, and "Ik" too', async () => {
  const joke = phones[0]!;
  await joke.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await joke.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await joke.isInSync();
  await joke.losesReception();
  await joke.reopens();
  await joke.page.getByRole('heading', { name: 'Alle straten' }).waitFor();
  await joke.link('Ik').click();
  await joke.link('Afmelden op deze telefoon').waitFor();
});

test('a link is not spent while a part of the app that nobody can do without does not come', async () => {
  const amina = await Phone.of('Amina', relay);
  phones.push(amina);
  await amina.isWithout('**/assets/cases-*.js');
  await amina.goes(`#/start/${relay.secret('Amina')}`);
  await amina.sees(/Je link blijft goed/);
  await amina.hasEverything();
  await amina.goes('about:blank');
  await amina.signsIn(relay);
});
