import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK } from './kit/deeds';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** What is typed about a resident is sealed from the moment of typing: nowhere on the phone or on the line can it be read. */
const WHO = {
  name: 'Mevrouw Voorbeeld',
  address: 'nummer 7000',
  phone: '06 0000 4711',
  words: 'Ik durf niet goed alleen naar buiten',
};
const MARKS = [WHO.name, 'Voorbeeld', WHO.address, WHO.phone, '4711', WHO.words, 'naar buiten'];

let relay: Relay;
let fatma: Phone;

const readable = (text: string) => MARKS.filter((mark) => text.includes(mark));

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  await fatma.signsIn(relay);
});

afterAll(async () => {
  await fatma?.leaves();
  await relay?.closes();
});

test('what is typed survives closing the browser, and is on the disk only sealed', async () => {
  await fatma.losesReception();
  await fatma.sees('Geen bereik');
  await fatma.link('Nieuwe vraag').click();
  await fatma.button(WALK.theme).click();
  await fatma.button(WALK.ask).click();
  await fatma.button('Verder').click();
  await fatma.button(/^Deze week/).click();
  await fatma.isPhotographed('sealed-1-who');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  await fatma.page.getByLabel('Naam').fill(WHO.name);
  await fatma.page.getByLabel('Telefoon').fill(WHO.phone);
  // The pause after typing is the moment to keep it.
  await expect.poll(() => fatma.keeps()).toContain('"p"');
  expect(readable(await fatma.keeps())).toEqual([]);

  await fatma.reopens();
  await fatma.goes('');
  await fatma.sees('Je was een vraag aan het opschrijven.');
  await fatma.isPhotographed('sealed-2-unfinished');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  await fatma.button('Ga verder').click();
  await fatma.sees(`Vindt ${WHO.name} het goed`);
  await fatma.isPhotographed('sealed-3-consent');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  await fatma.page
    .getByRole('group', { name: /coördinator/ })
    .getByRole('radio', { name: 'Ja' })
    .check();
  await fatma.button('Verder').click();
  await fatma.sees(WHO.phone);
  await fatma.isPhotographed('sealed-4-check');
  expect(await fatma.accessibilityFindings()).toEqual([]);
  await fatma.button('Bewaren').click();
  await fatma.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  expect(readable(await fatma.keeps())).toEqual([]);
  // The question, its card and what was agreed.
  await fatma.status.filter({ hasText: '3 bewaard, nog niet verstuurd' }).waitFor();
});

test('closing the app in the middle of it loses nothing that was kept', async () => {
  await fatma.reopens();
  await fatma.status.filter({ hasText: '3 bewaard, nog niet verstuurd' }).waitFor();
  expect(readable(await fatma.keeps())).toEqual([]);
});
