import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs } from './kit/deeds';
import { looks } from './kit/looks';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** A code on the phone: asked for at every start, and nothing that is not sent yet waits for it. */
let relay: Relay;
let fatma: Phone;

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  await fatma.signsIn(relay);
});

afterAll(async () => {
  await fatma?.leaves();
  await relay?.closes();
});

async function gives(code: string): Promise<void> {
  await fatma.page.getByLabel('Code', { exact: true }).fill(code);
  await fatma.button('Openen').click();
}

test('is set at Ik, and not when the two are unlike', async () => {
  await fatma.goes('#/me');
  await fatma.link('Code op deze telefoon').click();
  await fatma.page.getByLabel('Nieuwe code').fill('4711');
  await fatma.page.getByLabel('Nog een keer dezelfde').fill('4712');
  await fatma.button('Code instellen').click();
  await fatma.sees('De twee codes zijn niet gelijk.');
  expect(await looks(fatma, 'code')).toEqual([]);
  await fatma.page.getByLabel('Nog een keer dezelfde').fill('4711');
  await fatma.button('Code instellen').click();
  await fatma.sees('De code is ingesteld.');
});

test('is asked for at the next start, and shows nothing before', async () => {
  await fatma.button('Terug').click();
  await fatma.link('Straat').click();
  await logs(fatma, WALK);
  await fatma.sees('Veilig verstuurd');
  await fatma.page.getByText('Naar de straat').click();
  await fatma.card(WALK.ask).waitFor();
  await fatma.page.reload();
  await fatma.sees('Vul je code in');
  expect(await fatma.card(WALK.ask).count()).toBe(0);
  expect(await looks(fatma, 'locked')).toEqual([]);
  await gives('0000');
  await fatma.sees('Deze code klopt niet.');
  const asked = () => fatma.said.split('GET /api/push ').length - 1;
  const before = asked();
  await gives('4711');
  await fatma.card(WALK.ask).waitFor();
  // Whether this phone rings could not be asked before.
  await expect.poll(asked).toBeGreaterThan(before);
});

test('what is not sent yet goes out behind it', async () => {
  await fatma.losesReception();
  await logs(fatma, { ...WALK, ask: 'Samen koffie drinken' });
  await fatma.sees('Bewaard op deze telefoon');
  await fatma.reopens();
  await fatma.sees('Vul je code in');
  await fatma.findsReception();
  await fatma.isInSync();
  await fatma.sees('Vul je code in');
});

test('ten wrong ones shut the phone, and its owner can sign out', async () => {
  for (let tried = 1; tried < 10; tried++) {
    await gives('1111');
    await fatma.sees('Deze code klopt niet.');
  }
  await gives('1111');
  await fatma.sees('Te vaak een verkeerde code');
  expect(await looks(fatma, 'locked-shut')).toEqual([]);
  await fatma.page.reload();
  await fatma.sees('Te vaak een verkeerde code');
  await fatma.button('Afmelden op deze telefoon').click();
  await fatma.sees('Meedoen?');
});
