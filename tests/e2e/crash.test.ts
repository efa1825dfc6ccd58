import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs } from './kit/deeds';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** What the relay said it has, it has: also when it is killed right after. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  await fatma.signsIn(relay);
});

afterAll(async () => {
  await fatma?.leaves();
  await amina?.leaves();
  await relay?.closes();
});

test('the relay is killed between its ack and its restart, and nothing is lost', async () => {
  await logs(fatma, WALK);
  await fatma.sees('Veilig verstuurd');
  await relay.isKilled();
  await fatma.sees('Geen bereik');

  // Work goes on while the relay is down.
  await fatma.goes('');
  await logs(fatma, { theme: 'Klusje', ask: 'Iets repareren', soon: 'Vandaag' });
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');

  await relay.starts();
  await fatma.sees('Veilig verstuurd');
  // Somebody who comes in new has only what the relay kept.
  amina = await Phone.of('Amina', relay);
  await amina.signsIn(relay);
  await amina.card(WALK.ask).waitFor();
  await amina.card('Iets repareren').waitFor();
  expect(await amina.card(WALK.ask).count()).toBe(1);
});
