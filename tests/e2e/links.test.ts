import { afterAll, beforeAll, expect, test } from 'vitest';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** Sign-in links: they work once, they leave no trace, and a bad one says what to do. */
let relay: Relay;
const phones: Phone[] = [];

async function visitor(name: string): Promise<Phone> {
  const phone = await Phone.of(name, relay);
  phones.push(phone);
  return phone;
}

beforeAll(async () => {
  relay = await Relay.opens();
});

afterAll(async () => {
  for (const phone of phones) await phone.leaves();
  await relay?.closes();
});

test('a link says who one becomes, and its secret does not stay in the address bar', async () => {
  const piet = await visitor('Piet');
  await piet.goes(`#/start/${relay.secret('Piet')}`);
  await piet.sees('Welkom, Piet');
  expect(piet.page.url()).not.toContain(relay.secret('Piet'));
  await piet.isPhotographed('links-1-welcome');
  expect(await piet.accessibilityFindings()).toEqual([]);
});

test('a link that was used says so on another phone', async () => {
  const other = await visitor('Piet');
  await other.goes(`#/start/${relay.secret('Piet')}`);
  await other.sees('Deze link is al gebruikt');
  await other.isPhotographed('links-2-used');
  expect(await other.accessibilityFindings()).toEqual([]);
});

test('a link nobody made says so', async () => {
  const other = await visitor('Nobody');
  await other.goes('#/start/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  await other.sees('Deze link kennen we niet');
});

test('without reception a link stays good', async () => {
  const amina = await visitor('Amina');
  await amina.goes('');
  await amina.sees('Meedoen?');
  await amina.isPhotographed('links-3-without-link');
  expect(await amina.accessibilityFindings()).toEqual([]);
  await amina.losesReception();
  await amina.page.evaluate((secret) => (location.hash = `#/start/${secret}`), relay.secret('Amina'));
  await amina.sees('Geen bereik');
  await amina.findsReception();
  await amina.button('Probeer opnieuw').click();
  await amina.sees('Welkom, Amina');
});

test('one person at a time on one phone, and leaving it takes everything along', async () => {
  const joke = await visitor('Joke');
  await joke.signsIn(relay);
  await joke.goes(`#/start/${relay.secret('Fatma')}`);
  await joke.page.reload();
  await joke.page.evaluate((secret) => (location.hash = `#/start/${secret}`), relay.secret('Fatma'));
  await joke.page.getByRole('alert').waitFor();
  await joke.isPhotographed('links-4-already');
});
