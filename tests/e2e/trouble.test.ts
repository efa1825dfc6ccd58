import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs, offersHelp } from './kit/deeds';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** A phone that is full keeps working, says what is not saved, and saves it when there is room again. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  for (const phone of [fatma, amina]) await phone.signsIn(relay);
});

afterAll(async () => {
  await fatma?.leaves();
  await amina?.leaves();
  await relay?.closes();
});

const FULL = 'Je telefoon is vol';
const REPAIR = { theme: 'Klusje', ask: 'Iets repareren', soon: 'Vandaag' };

test('a full phone says so, sends what it can, and does not connect again and again', async () => {
  await fatma.fillsUp();
  const connections = fatma.connections;
  await logs(fatma, WALK);
  await fatma.sees(FULL);
  await fatma.sees('Veilig verstuurd');
  await fatma.isPhotographed('trouble-1-full');
  expect(await fatma.accessibilityFindings()).toEqual([]);

  // What others do comes in as well, and none of it can be written down.
  await offersHelp(amina, WALK);
  await fatma.goes('#/');
  await fatma.card(WALK.ask).filter({ hasText: 'Hulp gevonden' }).waitFor();
  await logs(fatma, REPAIR);
  await fatma.sees('Veilig verstuurd');
  await amina.goes('');
  await amina.card(REPAIR.ask).waitFor();
  // A line may break by itself where a machine is busy; what is at stake here were twenty a second.
  expect(fatma.connections - connections).toBeLessThan(3);
});

test('what a full phone could not send either is shown as not saved, and can be taken along', async () => {
  await fatma.losesReception();
  await fatma.goes('#/');
  await logs(fatma, { theme: 'Klusje', ask: 'Een lamp ophangen', soon: 'Vandaag' });
  await fatma.sees('Alleen in dit venster. Nog niet verstuurd.');
  await fatma.status.filter({ hasText: '1 alleen in dit venster' }).waitFor();
  await fatma.button('Bewaar als bestand').waitFor();
  await fatma.isPhotographed('trouble-2-not-saved');
  expect(await fatma.accessibilityFindings()).toEqual([]);
});

test('with room again everything is saved, also over a restart without a network', async () => {
  await fatma.hasRoom();
  await fatma.page.getByText(FULL).waitFor({ state: 'detached', timeout: 60_000 });
  await fatma.sees('Bewaard op deze telefoon');
  await fatma.reopens();
  await fatma.goes('#/');
  await fatma.status.filter({ hasText: '1 bewaard, nog niet verstuurd' }).waitFor();
  await fatma.card(REPAIR.ask).waitFor();
  await fatma.findsReception();
  await fatma.isInSync();
});

test('when somebody empties the storage, what this window still has is sent', async () => {
  await fatma.losesReception();
  await fatma.goes('#/');
  await logs(fatma, { theme: 'Taal', ask: 'Een brief voorlezen', soon: 'Deze week' });
  await fatma.sees('Bewaard op deze telefoon');
  await fatma.isEmptied();
  await fatma.sees('De opslag van Kruispunt is leeggemaakt');
  await fatma.button('Bewaar als bestand').waitFor();
  await fatma.isPhotographed('trouble-4-emptied');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  await fatma.findsReception();
  await fatma.isInSync();
  await amina.goes('#/');
  await amina.card('Een brief voorlezen').waitFor();
});

test('where nothing may be saved, it says what to do', async () => {
  const guest = await Phone.of('Piet', relay);
  try {
    // As browsers do in a private window that has no storage.
    await guest.isWithoutStorage();
    await guest.goes('');
    await guest.sees('Hier mag Kruispunt niets bewaren');
    await guest.isPhotographed('trouble-3-forbidden');
    expect(await guest.accessibilityFindings()).toEqual([]);
    // What the link in an e-mail does is done elsewhere.
    await guest.goes('#/mail/stop/secret');
    await guest.button('Stop met e-mail').waitFor();
  } finally {
    await guest.leaves();
  }
});
