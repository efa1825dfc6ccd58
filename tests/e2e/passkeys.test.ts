import { afterAll, beforeAll, expect, test } from 'vitest';
import { looks } from './kit/looks';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** A steward of a town in earnest: a passkey before anything else, and again when it counts. */
let relay: Relay;
let steward: Phone;
let link: string;

beforeAll(async () => {
  const town = await Relay.opensTown();
  relay = town.relay;
  link = town.link;
  steward = await Phone.of('Steward', relay, { viewport: DESKTOP, port: town.line });
  await steward.hasAuthenticator();
});

afterAll(async () => {
  await steward?.leaves();
  await relay?.closes();
});

test('the first steward is led to making a passkey, and goes on to the people', async () => {
  await steward.goes(link);
  await steward.button('Beginnen').click();
  await steward.sees('Voor jouw taak is een toegangssleutel nodig');
  expect(await looks(steward, 'passkey-needed')).toEqual([]);
  await steward.button('Toegangssleutel maken').click();
  await steward.sees('Je toegangssleutel is klaar.');
  await steward.link('Verder').click();
  await steward.link('Iemand uitnodigen').waitFor();
  expect(await looks(steward, 'steward')).toEqual([]);
});

test('in another session the passkey is asked for, and what was wanted goes on', async () => {
  await steward.link('Iemand uitnodigen').click();
  await steward.losesSession();
  await steward.page.getByLabel('Voornaam').fill('Noor');
  await steward.page.getByRole('radio', { name: 'Coördinator' }).check();
  await steward.button('Maak de uitnodiging').click();
  await steward.sees('Laat zien dat jij het bent');
  expect(await looks(steward, 'verify')).toEqual([]);
  await steward.button('Ga verder met mijn toegangssleutel').first().click();
  await steward.sees('1 uitnodiging is klaar');
});

test('how long things are kept is the steward’s to say', async () => {
  await steward.goes('#/people');
  await steward.link('Hoe lang we bewaren').click();
  await steward.page.getByLabel('Niet aangenomen werk').fill('30');
  expect(await looks(steward, 'retention')).toEqual([]);
  await steward.button('Bewaren').click();
  await steward.sees('Bewaard. Vanaf nu geldt dit.');
  await steward.page.reload();
  await steward.page.getByLabel('Niet aangenomen werk').waitFor();
  expect(await steward.page.getByLabel('Niet aangenomen werk').inputValue()).toBe('30');
});

test('a passkey can be removed', async () => {
  await steward.goes('#/me/passkeys');
  await steward.sees('Gemaakt op');
  expect(await looks(steward, 'passkeys')).toEqual([]);
  await steward.button('Weghalen').click();
  await steward.sees('Dit is je enige toegangssleutel');
  await steward.button('Ja, haal hem weg').click();
  await steward.button('Toegangssleutel maken').waitFor();
});
