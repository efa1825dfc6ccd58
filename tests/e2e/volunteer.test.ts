import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs, offersHelp } from './kit/deeds';
import { looks } from './kit/looks';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** Somebody who helps: what fits them, a task from yes to done, and what they say of themselves. Much of it offline. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;

const WHO = { name: 'Mevrouw Voorbeeld', address: 'nummer 7000', phone: '06 0000 4711', words: '' };

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  for (const phone of [fatma, amina]) await phone.signsIn(relay);
  await logs(fatma, { ...WALK, who: WHO, agrees: { coördinator: true, vrijwilliger: true } });
  await fatma.sees('Veilig verstuurd');
});

afterAll(async () => {
  for (const phone of [fatma, amina]) await phone?.leaves();
  await relay?.closes();
});

test('who never said anything is greeted, sees what is near and is asked what they like, once', async () => {
  await amina.card(WALK.ask).waitFor();
  await amina.page.getByRole('heading', { name: 'Vertel wat je graag doet' }).waitFor();
  expect(await looks(amina, 'help-home-new')).toEqual([]);
  await amina.button('Nu niet').click();
  await amina.reopens();
  await amina.card(WALK.ask).waitFor();
  expect(await amina.page.getByText('Vertel wat je graag doet').count()).toBe(0);
});

test('a task says what, when, how far and why; no costs one tap, and may be taken back', async () => {
  await amina.losesReception();
  await amina.card(WALK.ask).click();
  await amina.button('Ik help').waitFor();
  expect(await looks(amina, 'help-task')).toEqual([]);
  await amina.button('Niet nu').click();

  await amina.page.getByRole('heading', { name: 'Dank je wel dat je keek' }).waitFor();
  expect(await looks(amina, 'help-task-passed')).toEqual([]);
  await amina.button('Ik help toch').click();
  await amina.sees('Je aanbod is bewaard');
  expect(await looks(amina, 'help-task-waiting')).toEqual([]);
  await amina.findsReception();
  await amina.sees('Jij gaat helpen');
  expect(await looks(amina, 'help-task-matched')).toEqual([]);
});

test('profile', async () => {
  await amina.goes('#/profile');
  await amina.page.getByRole('heading', { name: 'Wat ik graag doe' }).waitFor();
  expect(await looks(amina, 'help-profile')).toEqual([]);
});
