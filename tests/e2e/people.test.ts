import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, PHONE, Phone } from './kit/phone';
import { looks } from './kit/looks';
import { Relay } from './kit/relay';

/** A coordinator cares for the people of an area: inviting, lost phones, letting back in, who did what. */
let relay: Relay;
let joke: Phone;
const phones: Phone[] = [];

async function somebody(name: string): Promise<Phone> {
  const phone = await Phone.of(name, relay);
  phones.push(phone);
  return phone;
}

/** The link on the screen, as somebody would copy it: only what is behind the `#`. */
async function linkOn(phone: Phone): Promise<string> {
  const link = (await phone.page.locator('[data-link]').textContent()) ?? '';
  return new URL(link.trim()).hash;
}

async function comesIn(phone: Phone, hash: string): Promise<void> {
  await phone.goes(hash);
  await phone.button('Beginnen').click();
  await phone.isInSync();
}

async function invites(names: string, role: string): Promise<void> {
  await joke.goes('#/people');
  await joke.link('Iemand uitnodigen').click();
  await joke.page.getByLabel('Voornaam').fill(names);
  await joke.page.getByRole('radio', { name: role }).check();
  await joke.button('Maak de uitnodiging').click();
  await joke.page.getByRole('heading', { name: /uitnodiging(en)? (is|zijn) klaar/ }).waitFor();
}

async function opensPerson(name: string): Promise<void> {
  await joke.goes('#/people');
  await joke.link(new RegExp(`^${name}`)).click();
  await joke.page.getByRole('heading', { name, level: 1 }).waitFor();
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

test('somebody who is invited by a link comes in on their own phone, and the link is gone', async () => {
  await invites('Noor', 'Vrijwilliger');
  const link = await linkOn(joke);
  expect(await looks(joke, 'invited')).toEqual([]);
  const noor = await somebody('Noor');
  await noor.goes(link);
  await noor.sees('Welkom, Noor');
  await noor.sees('Vrijwilliger');
  await noor.button('Beginnen').click();
  await noor.isInSync();
  const late = await somebody('Late');
  await late.goes(link);
  await late.sees('Deze link is al gebruikt');
  // Nothing on the coordinator's machine remembers the secret.
  const secret = link.split('/').pop() ?? '';
  expect(await joke.remembers(secret)).toEqual([]);
  await joke.link('Klaar, naar de mensen').click();
  await joke.link(/^Noor/).waitFor();
  expect(await joke.remembers(secret)).toEqual([]);
});

test('an evening in the neighbourhood gets a sheet with a card for everybody', async () => {
  await invites('1. Sam\n2. Els\n3. Jan Willem\n4. Zoë\n5. Ali\n6. Bo\n7. Kim\n8. Mo\n9. Ann', 'Wijkambassadeur');
  await joke.sees('9 uitnodigingen zijn klaar');
  expect(await joke.page.locator('.sheet article').count()).toBe(9);
  expect(await looks(joke, 'sheet')).toEqual([]);
  await joke.page.setViewportSize(DESKTOP);
  await joke.page.emulateMedia({ media: 'print' });
  await joke.isPhotographed('sheet-on-paper');
  expect(await joke.page.getByRole('heading', { level: 2 }).allTextContents()).toContain('Jan Willem');
  expect(await joke.page.getByRole('navigation').first().isVisible()).toBe(false);
  expect(await joke.button('Afdrukken op papier').isVisible()).toBe(false);
  await joke.page.emulateMedia({ media: 'screen' });
});

test('an open invitation can be withdrawn, and then its link is worth nothing', async () => {
  await invites('Teun', 'Vrijwilliger');
  const link = await linkOn(joke);
  await joke.goes('#/people');
  await joke.link('Open uitnodigingen').click();
  await joke.button('Uitnodiging van Teun intrekken').click();
  await joke.button('Ja, trek hem in').click();
  await joke.page.getByRole('heading', { name: 'Teun' }).waitFor({ state: 'detached' });
  await joke.page.getByRole('heading', { name: 'Zoë' }).waitFor();
  expect(await looks(joke, 'open-invitations')).toEqual([]);
  const teun = await somebody('Teun');
  await teun.goes(link);
  await teun.sees('Deze link kennen we niet');
});

test("somebody's second phone comes in by a code, and can be put out of use", async () => {
  const amina = await somebody('Amina');
  await amina.signsIn(relay);
  await amina.goes('#/me');
  await amina.link('Mijn telefoons').click();
  await amina.sees('Deze telefoon');
  await amina.button('Laat de code zien').click();
  const link = await linkOn(amina);
  expect(await looks(amina, 'my-phones')).toEqual([]);
  await amina.page.setViewportSize(PHONE);
  const second = await somebody('Amina');
  await comesIn(second, link);
  await amina.goes('#/me');
  await amina.link('Mijn telefoons').click();
  await amina.button('Niet meer gebruiken').click();
  await amina.button('Ja, sluit hem af').click();
  await second.sees('Deze telefoon is afgemeld');
  await amina.sees(/Niet meer in gebruik/);
  // Whoever lost it may still want no more e-mail.
  await second.goes('#/mail/stop/secret');
  await second.button('Stop met e-mail').waitFor();
});

test('a lost phone is locked while it is connected, and its owner is let back in', async () => {
  const fatma = await somebody('Fatma');
  await fatma.signsIn(relay);
  await opensPerson('Fatma');
  await joke.link('Telefoon kwijt').click();
  await joke.sees('Welke telefoon?');
  expect(await looks(joke, 'lost')).toEqual([]);
  await joke.button('Sluit deze telefoon af').click();
  await fatma.sees('Deze telefoon is afgemeld');
  await joke.sees('De telefoon is afgesloten');
  await joke.button('Weer binnenlaten').click();
  const link = await linkOn(joke);
  await comesIn(fatma, link);
  await joke.goes('#/people');
  await joke.link('Wie deed wat').click();
  await joke.sees(/liet iemand weer binnen/);
  await joke.sees(/sloot een telefoon af/);
  expect(await looks(joke, 'audit')).toEqual([]);
});

test('a role that ends, ends at once on an open screen', async () => {
  await invites('Rosa', 'Wijkambassadeur');
  const rosa = await somebody('Rosa');
  await comesIn(rosa, await linkOn(joke));
  await rosa.link('Straat').waitFor();
  await opensPerson('Rosa');
  expect(await looks(joke, 'person')).toEqual([]);
  await joke.button('Taak erbij').click();
  await joke.page.getByLabel('Als wat?').selectOption('Vrijwilliger');
  await joke.button('Bewaren').click();
  await joke.button(/^Stoppen: Vrijwilliger/).waitFor();
  await rosa.link('Helpen').waitFor();
  await joke.button(/^Stoppen: Wijkambassadeur/).click();
  await joke.button('Ja, deze taak stopt').click();
  await rosa.link('Straat').waitFor({ state: 'detached' });
});

test('without a network it says so, kindly, and goes on when there is one', async () => {
  await joke.losesReception();
  await joke.goes('#/people').catch(() => undefined);
  await joke.reopens();
  await joke.sees('Hiervoor is bereik nodig');
  expect(await looks(joke, 'people-offline')).toEqual([]);
  await joke.findsReception();
  await joke.link('Iemand uitnodigen').waitFor();
  expect(await looks(joke, 'people')).toEqual([]);
});
