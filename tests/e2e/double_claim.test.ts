import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Wish, logs, offersHelp } from './kit/deeds';
import { Phone } from './kit/phone';
import { Relay } from './kit/relay';

/**
 * Two volunteers say "Ik help" to the same task while neither has reception: the line is cut and the browser knows it.
 * Both keep what they said, exactly one is matched, and both are told the truth without touching anything.
 */
let relay: Relay;
let fatma: Phone;
let amina: Phone;
let piet: Phone;

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  piet = await Phone.of('Piet', relay);
  for (const phone of [fatma, amina, piet]) await phone.signsIn(relay);
});

afterAll(async () => {
  for (const phone of [fatma, amina, piet]) await phone?.leaves();
  await relay?.closes();
});

const WON = 'Jij gaat helpen';
const LATE = 'Iemand was net iets eerder';
const standing = (phone: Phone, title: string) => phone.page.getByRole('heading', { name: title });

/** The task is on both phones; both lose reception and both say yes. */
async function bothAcceptOffline(wish: Wish): Promise<void> {
  await fatma.goes('');
  await logs(fatma, wish);
  await fatma.sees('Veilig verstuurd');
  for (const phone of [amina, piet]) {
    await phone.goes('');
    await phone.card(wish.ask).waitFor();
    await phone.losesReception();
    await phone.sees('Geen bereik');
  }
  for (const phone of [amina, piet]) {
    await offersHelp(phone, wish);
    await standing(phone, 'Je aanbod is bewaard').waitFor();
    await phone.status.filter({ hasText: '1 bewaard, nog niet verstuurd' }).waitFor();
    // Nobody is told more than is certain.
    expect(await standing(phone, WON).count()).toBe(0);
    // A page that is loaded anew forgets this.
    await phone.page.evaluate(() => ((globalThis as { untouched?: boolean }).untouched = true));
  }
}

async function isUntouched(phone: Phone): Promise<boolean> {
  return phone.page.evaluate(() => (globalThis as { untouched?: boolean }).untouched === true);
}

async function isWinner(phone: Phone): Promise<void> {
  await standing(phone, WON).waitFor();
  await phone.button('Het is afgesproken').waitFor();
  expect(await standing(phone, LATE).count()).toBe(0);
}

/** Reserve is said kindly, and is no end: another task is right there, and the list may be left. */
async function isReserve(phone: Phone): Promise<void> {
  await standing(phone, LATE).waitFor();
  await phone.sees('Dank je wel dat je wilde helpen!');
  expect(await standing(phone, WON).count()).toBe(0);
  const another = phone.page.getByRole('region', { name: 'Dit past ook bij jou' });
  await another.getByRole('link').first().waitFor();
  await phone.link('Haal mij van de lijst').waitFor();
  expect(await phone.accessibilityFindings()).toEqual([]);
}

const ORDERS: [string, () => [Phone, Phone], Wish][] = [
  ['Amina', () => [amina, piet], { theme: 'Gezelschap', ask: 'Samen wandelen', day: 'Dinsdag', soon: 'Deze week' }],
  ['Piet', () => [piet, amina], { theme: 'Boodschappen', ask: 'Naar de apotheek', day: 'Vrijdag', soon: 'Vandaag' }],
];

test.each(ORDERS)('%s comes back first and is matched; the other is reserve', async (_, phones, wish) => {
  const [first, second] = phones();
  await bothAcceptOffline(wish);

  await first.findsReception();
  await isWinner(first);
  await first.isInSync();
  // Whoever is still away believes nothing that is not so.
  expect(await standing(second, 'Je aanbod is bewaard').count()).toBe(1);

  await second.findsReception();
  await isReserve(second);
  await second.isInSync();
  // What the second one said takes nothing away from the first.
  await isWinner(first);
  await first.isPhotographed(`double-claim-winner-${first.name}`);
  await second.isPhotographed(`double-claim-reserve-${second.name}`);
  for (const phone of [first, second]) expect(await isUntouched(phone)).toBe(true);

  // Both truths outlast a restart, also without reception.
  await second.losesReception();
  await second.reopens();
  await standing(second, LATE).waitFor();
  await second.findsReception();
});

test('both come back at the same moment: one is matched, one is reserve', async () => {
  await bothAcceptOffline({ theme: 'Klusje', ask: 'Hulp in de tuin', day: 'Zaterdag', soon: 'Deze week' });
  await Promise.all([amina.findsReception(), piet.findsReception()]);
  await Promise.all([amina.isInSync(), piet.isInSync()]);
  const told = async (phone: Phone) => {
    await standing(phone, WON).or(standing(phone, LATE)).waitFor();
    return (await standing(phone, WON).count()) === 1;
  };
  const won = [await told(amina), await told(piet)];
  expect(won.filter(Boolean)).toHaveLength(1);
  const [winner, late] = won[0] ? [amina, piet] : [piet, amina];
  await isWinner(winner);
  await isReserve(late);
  // The ambassador reads the same of both.
  await fatma.goes('');
  await fatma.card('Hulp in de tuin').filter({ hasText: 'Hulp gevonden' }).click();
  await fatma.sees(`${winner.name} gaat helpen.`);
});

test('the winner cannot after all: the reserve hears it is their turn, as soon as they have reception', async () => {
  const winner = (await standing(amina, WON).count()) === 1 ? amina : piet;
  const late = winner === amina ? piet : amina;
  await winner.link('Lukt niet').click();
  await winner.button('Het lukt mij niet').click();
  await isWinner(late);
  expect(await isUntouched(late)).toBe(true);
});
