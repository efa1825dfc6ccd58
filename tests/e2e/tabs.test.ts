import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { type Wish, logs } from './kit/deeds';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** Two tabs of one phone: when the one that talks with the relay is made to stand still, the other one takes over. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;
let first: Page;
let second: Page;

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay, { hidesTabs: true });
  amina = await Phone.of('Amina', relay);
  for (const phone of [fatma, amina]) await phone.signsIn(relay);
  first = fatma.page;
  second = await fatma.opensTab();
});

afterAll(async () => {
  await fatma?.leaves();
  await amina?.leaves();
  await relay?.closes();
});

// Needed today, so that they are looked for where Amina is as well.
const WALK: Wish = { theme: 'Gezelschap', ask: 'Samen wandelen', day: 'Dinsdag', soon: 'Vandaag' };
const REPAIR: Wish = { theme: 'Klusje', ask: 'Iets repareren', soon: 'Vandaag' };
const GAME: Wish = { theme: 'Gezelschap', ask: 'Samen een spel doen', soon: 'Vandaag' };
const MEAL: Wish = { theme: 'Gezelschap', ask: 'Samen eten', soon: 'Vandaag' };

async function works(tab: Page, wish: Wish): Promise<void> {
  await fatma.turnsTo(tab);
  await fatma.goes('#/');
  await logs(fatma, wish);
  await fatma.sees('Veilig verstuurd');
  await amina.card(wish.ask).waitFor();
}

test('a leading tab that hears that it will stand still lets the other one lead', async () => {
  await fatma.turnsTo(second);
  const before = await fatma.leader();
  await fatma.freezes(first);
  await works(second, WALK);
  expect(await fatma.leader()).not.toBe(before);
});

test('when it wakes it has what the other tab did, and works', async () => {
  await fatma.thaws(first);
  await fatma.turnsTo(first);
  await fatma.goes('#/');
  await fatma.card(WALK.ask).waitFor();
  await fatma.isInSync();
  await works(first, REPAIR);
});

test('a leading tab that stands still without a word loses the lead within seconds, and takes no harm', async () => {
  const before = await fatma.leader();
  // The second tab leads by now. It hears nothing of what is coming.
  await second.evaluate(() => addEventListener('freeze', (event) => event.stopImmediatePropagation(), true));
  await fatma.freezes(second);
  await works(first, GAME);
  expect(await fatma.leader()).not.toBe(before);

  await fatma.thaws(second);
  await fatma.turnsTo(second);
  await fatma.goes('#/');
  await fatma.card(GAME.ask).waitFor();
  await works(second, MEAL);
  await works(first, { theme: 'Klusje', ask: 'Iets zwaars verplaatsen', soon: 'Vandaag' });
  for (const { ask } of [WALK, REPAIR, GAME, MEAL]) expect(await amina.card(ask).count()).toBe(1);
});
