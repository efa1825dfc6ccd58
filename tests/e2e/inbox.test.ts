import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs } from './kit/deeds';
import { looks } from './kit/looks';
import { PHONE, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** What somebody is told stands in the app, whatever the browser allows: behind the bell, without reception too. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;
let task = '';

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  for (const phone of [fatma, amina]) await phone.signsIn(relay);
  await logs(fatma, { ...WALK, soon: 'Vandaag' });
  await fatma.sees('Veilig verstuurd');
  [, , , , task = ''] = new URL(fatma.page.url()).hash.split('/');
});

afterAll(async () => {
  for (const phone of [fatma, amina]) await phone?.leaves();
  await relay?.closes();
});

const bell = (phone: Phone, name: string) => phone.page.getByRole('link', { name, exact: true });
const line = (phone: Phone, title: string) => phone.page.locator('main').getByRole('link').filter({ hasText: title });

/** The same as a push or a minute: the app asks what is new. */
const asksAnew = (phone: Phone) =>
  phone.page.evaluate(() => new BroadcastChannel('kruispunt').postMessage({ say: 'rang' }));

async function hears(phone: Phone, name: string): Promise<void> {
  await expect
    .poll(async () => (await asksAnew(phone), bell(phone, name).count()), { timeout: 30_000, interval: 1_000 })
    .toBe(1);
}

test('the bell says how much is new, and the inbox what, with the street from the board of this phone', async () => {
  await hears(amina, 'Meldingen, 1 nieuw');
  await bell(amina, 'Meldingen, 1 nieuw').click();
  await line(amina, 'Kun jij even helpen?').filter({ hasText: 'Nieuw' }).filter({ hasText: 'Lekstraat' }).waitFor();
  expect(await looks(amina, 'inbox-new')).toEqual([]);
});

test('without reception it is all there, and what is opened is seen', async () => {
  await amina.losesReception();
  await amina.reopens();
  await amina.sees('Je hebt geen bereik.');
  await line(amina, 'Kun jij even helpen?').click();
  await amina.button('Ik help').waitFor();
  await bell(amina, 'Meldingen').waitFor();
  expect(await amina.reads<{ unseen: number }>('/api/notices').catch(() => null)).toBeNull();
  // One that never came here may be there all the same; only the relay knows.
  await amina.goes(`#/request/${'A'.repeat(22)}`);
  await amina.sees('Deze vraag is nog niet op deze telefoon');
  await amina.findsReception();
  await amina.sees('Deze vraag is er niet meer');
  await amina.goes(`#/request/${task}`);
  const unseen = async () => (await amina.reads<{ unseen: number }>('/api/notices')).unseen;
  await expect.poll(unseen, { timeout: 15_000 }).toBe(0);
});

test('opening the request another way is seeing it as well', async () => {
  await amina.button('Ik help').click();
  await fatma.goes('');
  await hears(fatma, 'Meldingen, 1 nieuw');
  await fatma.goes(`#/request/${task}`);
  await bell(fatma, 'Meldingen').waitFor();
  await bell(fatma, 'Meldingen').click();
  await fatma.sees('Er is hulp gevonden');
  await fatma.sees('Je hebt alles gezien.');
  expect(await looks(fatma, 'inbox-seen')).toEqual([]);
});

test('a link from an e-mail leaves its secret nowhere, and one that is old says so', async () => {
  const secret = 'A'.repeat(43);
  await amina.goes(`#/mail/confirm/${secret}`);
  await amina.button('Ja, dat klopt').waitFor();
  expect(await amina.remembers(secret)).toEqual([]);
  expect(await looks(amina, 'mail-confirm')).toEqual([]);
  await amina.button('Ja, dat klopt').click();
  await amina.sees('Deze link werkt niet meer');
  // Another one in the same window begins anew.
  await amina.goes('#/mail/stop/another');
  await amina.button('Stop met e-mail').waitFor();
});

test('opening the settings asks the relay once, and not again with every answer', async () => {
  const asked = () => amina.said.split('GET /api/push ').length - 1;
  const box = amina.page.getByRole('checkbox', { name: 'Ik hoef niet meer te helpen' });
  await amina.goes('#/me/notices');
  await box.waitFor();
  const before = asked();
  // Each of these goes to the relay and back, which is time enough to ask much more.
  for (const on of [false, true, false, true]) {
    await box.setChecked(on);
    await amina.sees('Bewaard.');
  }
  expect(asked() - before).toBeLessThanOrEqual(1);
});

test('the settings fit a narrow phone with text twice as large', async () => {
  await amina.page.setViewportSize({ width: 320, height: 640 });
  await amina.page.evaluate(() => {
    const root = document.documentElement;
    root.style.fontSize = `${2 * parseFloat(getComputedStyle(root).fontSize)}px`;
  });
  await amina.page.getByLabel('Van').waitFor();
  const [needs, has] = await amina.page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth] as const;
  });
  await amina.page.evaluate(() => (document.documentElement.style.fontSize = ''));
  await amina.page.setViewportSize(PHONE);
  expect(needs).toBe(has);
});

test.each([
  { language: 'English', dir: 'ltr' },
  { language: 'العربية', dir: 'rtl' },
])('every screen is there in $language', async ({ language, dir }) => {
  await amina.goes('#/me');
  await amina.page.getByRole('radio', { name: language }).check();
  await amina.page.waitForFunction((dir) => document.documentElement.dir === dir, dir);
  for (const [where, what] of [
    ['#/inbox', 'inbox'],
    ['#/me/notices', 'wishes'],
    ['#/mail/stop/secret', 'mail-stop'],
  ] as const) {
    await amina.goes(where);
    await amina.page.locator('main h1').waitFor();
    if (what !== 'mail-stop') await amina.page.locator('main :is(a[href^="#/request"], fieldset)').first().waitFor();
    expect(await looks(amina, `${what}-${language}`)).toEqual([]);
  }
  const spoken = async () => (await amina.reads<{ wishes: { language: string } }>('/api/push')).wishes.language;
  await expect.poll(spoken, { timeout: 15_000 }).toBe(dir === 'rtl' ? 'ar' : 'en');
});
