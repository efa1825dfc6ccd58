import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs } from './kit/deeds';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** What is not sent can be taken along as a file, also where there is no reception at all. */
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

test('work that is not sent is saved as a file, and the offer goes when it is sent', async () => {
  await fatma.losesReception();
  await fatma.sees('Geen bereik');
  await logs(fatma, WALK);
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');

  await fatma.goes('#/me');
  const [download] = await Promise.all([
    fatma.page.waitForEvent('download'),
    fatma.button('Bewaar als bestand').click(),
  ]);
  const { pieces } = JSON.parse(await readFile(await download.path(), 'utf8')) as { pieces: unknown[] };
  expect(pieces).toHaveLength(1);
  expect(pieces[0]).toMatchObject({ command: { log_request: { ask: 'walk', day: 'tue' } }, reason: null });
  await fatma.sees('Je hebt het bestand');
  await fatma.isPhotographed('unsent-1-file');
  expect(await fatma.accessibilityFindings()).toEqual([]);

  await fatma.findsReception();
  await fatma.isInSync();
  await fatma.button('Bewaar als bestand').waitFor({ state: 'detached' });
});
