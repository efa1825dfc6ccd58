import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { looks } from './kit/looks';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** Somebody reads what is held about them, and is erased: their phone shuts, and the report says so. */
let relay: Relay;
let joke: Phone;
let amina: Phone;

beforeAll(async () => {
  relay = await Relay.opens();
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  amina = await Phone.of('Amina', relay);
  await joke.signsIn(relay);
  await amina.signsIn(relay);
});

afterAll(async () => {
  await joke?.leaves();
  await amina?.leaves();
  await relay?.closes();
});

/** The file that a button saves. */
async function saves(button: string): Promise<string> {
  const [download] = await Promise.all([amina.page.waitForEvent('download'), amina.button(button).click()]);
  await amina.sees('Je hebt het bestand.');
  return readFile(await download.path(), 'utf8');
}

test('everything held about somebody is theirs to read and to take along', async () => {
  await amina.goes('#/me/export');
  const page = await saves('Om te lezen');
  expect(page).toContain('Wat Kruispunt weet van Amina');
  const taken = await saves('Om mee te nemen');
  expect(JSON.stringify(JSON.parse(taken))).toContain('Amina');
  expect(await looks(amina, 'export')).toEqual([]);
});

test('whoever is erased is out at once, and the report says what it waits for', async () => {
  await joke.goes('#/people');
  await joke.link(/^Amina/).click();
  await joke.link('Alles over deze persoon wissen').click();
  await joke.sees('Alles over Amina wissen?');
  expect(await looks(joke, 'erase-person')).toEqual([]);
  await joke.button('Ja, wis alles over Amina').click();
  await joke.sees('Het wissen is begonnen');
  await amina.sees('Deze telefoon is afgemeld');
  await joke.link('Naar ‘Wat is gewist’').click();
  await joke.sees('Een persoon');
  expect(await looks(joke, 'erasures')).toEqual([]);
  // The coordinator's own phone holds nothing of it either, and says so at its next line to the relay.
  await joke.losesReception();
  await joke.findsReception();
  await joke.isInSync();
  await expect
    .poll(
      async () => {
        await joke.goes('#/people');
        await joke.link('Wat is gewist').click();
        await joke.sees('Een persoon');
        return joke.page.locator('main').innerText();
      },
      { timeout: 30_000, interval: 500 },
    )
    .toContain('Overal weg sinds');
});
