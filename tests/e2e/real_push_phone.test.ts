import { afterAll, beforeAll, expect, test } from 'vitest';
import { Courier } from './kit/courier';
import { type Wish, asks } from './kit/deeds';
import { looks } from './kit/looks';
import { DESKTOP, PHONE, Phone } from './kit/phone';
import { PushService } from './kit/push_service';
import { Relay, freePort } from './kit/relay';
import { TASK, inbox, livesIn, taskBody } from './kit/ringing';

/**
 * What a volunteer has of notifications on an Android phone: the same in the app without any permission, a question at a
 * moment that makes sense, and buttons that work without opening anything, also without reception.
 */
const ASKED = 'Je bent gevraagd';
const ACTIONS = ['accept', 'not_now'];
const WALK: Wish = { theme: 'Gezelschap', ask: 'Samen wandelen', soon: 'Vandaag' };
const SHOP: Wish = { theme: 'Boodschappen', ask: 'Boodschappen halen', soon: 'Vandaag' };
const REPAIR: Wish = { theme: 'Klusje', ask: 'Iets repareren', soon: 'Vandaag' };
const LETTER: Wish = { theme: 'Papieren', ask: 'Een brief begrijpen', soon: 'Vandaag' };

let service: PushService;
let relay: Relay;
let fatma: Phone;
let joke: Phone;
let amina: Phone;
let courier: Courier;

beforeAll(async () => {
  service = await PushService.opens();
  // A push leads to the address the relay has for everybody, which here is Amina's.
  const port = await freePort();
  relay = await Relay.opensFor(service, '--public-url', `http://localhost:${port}`);
  fatma = await Phone.of('Fatma', relay);
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  amina = await Phone.of('Amina', relay, { port });
  courier = await Courier.of(amina, service);
  for (const phone of [fatma, joke, amina]) await phone.signsIn(relay);
  await livesIn(amina, 'Lekstraat');
});

afterAll(async () => {
  for (const phone of [fatma, joke, amina]) await phone?.leaves();
  await relay?.closes();
  await service?.stops();
});

const heading = (phone: Phone, name: string) => phone.page.getByRole('heading', { name, exact: true });

async function isFine(phone: Phone, what: string): Promise<void> {
  expect(await looks(phone, `push-${what}`)).toEqual([]);
  await phone.page.setViewportSize(PHONE);
}

test('whoever allowed nothing finds it in the app, and is asked for nothing', async () => {
  await amina.goes('#/inbox');
  await heading(amina, 'Nog geen meldingen').waitFor();
  await isFine(amina, 'inbox-empty');
  const request = await asks(fatma, WALK);
  await expect.poll(() => inbox(amina)).toHaveLength(1);
  await amina.goes('#/volunteer');
  await amina.page.reload();
  await amina.link('Meldingen, 1 nieuw').click();
  await amina.sees(TASK);
  await amina.sees(taskBody('gezelschap'));
  await isFine(amina, 'inbox');
  await amina.page.getByRole('link').filter({ hasText: TASK }).click();
  await heading(amina, 'Samen wandelen').waitFor();
  expect(new URL(amina.page.url()).hash).toBe(`#/request/${request}`);
  await amina.link('Meldingen').waitFor();
  expect(await courier.asked()).toEqual([]);
  expect(service.happenings.all).toEqual([]);
});

test('it is asked once, with a reason, and the browser only under a finger', async () => {
  await amina.goes('#/inbox');
  await heading(amina, 'Zal ik je een seintje geven als er nieuws is?').waitFor();
  await isFine(amina, 'question');
  expect(await courier.asked()).toEqual([]);
  // What somebody answers to Chromium's own question, which no one sees here.
  await courier.permits('granted');
  await amina.button('Ja, graag').click();
  await heading(amina, 'Goed, je krijgt een seintje').waitFor();
  expect(await courier.asked()).toEqual([true]);
  await service.happenings.next('subscribed');
  await isFine(amina, 'question-answered');
  await amina.page.getByRole('region').getByRole('link', { name: 'Meldingen instellen' }).click();
  await amina.sees('Deze telefoon geeft een seintje');
  await isFine(amina, 'settings');
  await amina.goes('');
  await amina.goes('#/inbox');
  await amina.sees(TASK);
  expect(await heading(amina, 'Zal ik je een seintje geven als er nieuws is?').count()).toBe(0);
});

test('it rings with what may be done about it, and a finger on it opens the request', async () => {
  const request = await asks(fatma, SHOP);
  const shown = await courier.shows(taskBody('boodschappen'));
  expect(shown).toMatchObject({ title: TASK, lang: 'nl', actions: ACTIONS });
  await expect.poll(() => courier.badge()).toBe(1);
  expect(await courier.taps(TASK)).toEqual({ focused: true, opened: null });
  await heading(amina, 'Boodschappen halen').waitFor();
  expect(new URL(amina.page.url()).hash).toBe(`#/request/${request}`);
  expect(await courier.shown()).toEqual([]);
  await expect.poll(() => courier.badge()).toBe(null);
});

test('"I help" without reception and without opening anything is on the board once there is some', async () => {
  await asks(fatma, REPAIR);
  await courier.shows(taskBody('klusjes'));
  await amina.losesReception();
  const tapped = courier.taps(taskBody('klusjes'), 'accept');
  await courier.shows('Je hebt ja gezegd. Het wordt verstuurd zodra je internet hebt.');
  expect(await tapped).toEqual({ focused: false, opened: null });
  await joke.goes('');
  await joke.card(REPAIR.ask).click();
  await joke.page.getByRole('heading', { name: 'Wie past hierbij?' }).waitFor();
  expect(await joke.page.getByText('Amina gaat helpen').count()).toBe(0);
  await amina.findsReception();
  await joke.sees('Amina gaat helpen.');
});

test('she chooses what she hears of and when, and it stays so', async () => {
  await amina.goes('#/me/notices');
  await amina.page.getByRole('checkbox', { name: 'Ik hoef niet meer te helpen' }).uncheck();
  await amina.sees('Bewaard.');
  await amina.page.getByRole('checkbox', { name: 'Geen seintjes in de avond en nacht' }).check();
  await amina.page.getByLabel('Van').waitFor();
  // Rest that begins when it ends would be none.
  await amina.page.getByLabel('Van').fill('08:00');
  await amina.sees('Kies twee verschillende tijden.');
  await isFine(amina, 'settings-quiet');
  await amina.page.getByRole('checkbox', { name: 'Geen seintjes in de avond en nacht' }).uncheck();
  await expect
    .poll(() => amina.reads<{ wishes: object }>('/api/push'))
    .toMatchObject({ wishes: { off: ['lost'], quiet_from: 0, quiet_until: 0 } });
  await amina.reopens();
  await amina.page.getByRole('checkbox', { name: 'Ik hoef niet meer te helpen', checked: false }).waitFor();
});

test('whoever wrote it down hears that help was found', async () => {
  await fatma.goes('#/inbox');
  await fatma.sees('Er is hulp gevonden');
  await isFine(fatma, 'inbox-ambassador');
});

test('"not now" is said from the notification too, and she is not asked for it again', async () => {
  const request = await asks(fatma, LETTER);
  await courier.shows(taskBody('papieren'));
  await courier.taps(taskBody('papieren'), 'not_now');
  await courier.shows('Goed, nu niet. We vragen een ander.');
  await amina.goes(`#/request/${request}`);
  await amina.button('Ik help toch').waitFor();
});

test('whom a coordinator asks by name is told so', async () => {
  await joke.goes('');
  await joke.card('Naar de dokter').first().click();
  await joke.button('Vraag Amina').click();
  expect(await courier.shows(ASKED)).toMatchObject({
    body: 'De coördinator denkt aan jou: vervoer.',
    actions: ACTIONS,
  });
});

test('what cannot be read is shown as news, and leads nowhere but to the app', async () => {
  await courier.delivers('what a stranger wrote');
  await courier.shows('Er is nieuws voor je');
  await courier.delivers(
    JSON.stringify({ web_push: 8030, notification: { title: 'Nieuws van elders', navigate: 'https://elders.test/' } }),
  );
  await courier.shows('Nieuws van elders');
  await courier.taps('Nieuws van elders');
  await expect.poll(() => new URL(amina.page.url()).hash).toBe('#/inbox');
});

test('a page on which a resident asks stays there, and the app opens beside it', async () => {
  const page = '#/vraag/onbekend';
  await amina.goes('about:blank');
  await amina.goes(page);
  await heading(amina, 'Hier kun je nu geen vraag stellen').waitFor();
  await courier.delivers('what a stranger wrote');
  await courier.shows('Er is nieuws voor je');
  expect(await courier.taps('Er is nieuws voor je')).toEqual({ focused: false, opened: '/#/inbox' });
  expect(new URL(amina.page.url()).hash).toBe(page);
  await amina.goes('#/inbox');
  await amina.sees(ASKED);
});

test('whoever said no to the browser reads how to change that, and misses nothing', async () => {
  await amina.goes('#/me/notices');
  await amina.button('Zet uit op deze telefoon').click();
  await amina.button('Zet aan').waitFor();
  await courier.permits('denied');
  await amina.button('Zet aan').click();
  await amina.sees('Je browser houdt seintjes tegen');
  // The button went, and the keyboard is not back at the top of the page.
  await amina.page.locator('h2:focus', { hasText: 'Deze telefoon' }).waitFor();
  await amina.goes('about:blank');
  await amina.goes('#/me/notices');
  await amina.sees('Je browser houdt seintjes tegen');
  await isFine(amina, 'blocked');
  await amina.goes('#/inbox');
  await amina.sees(ASKED);
  await amina.losesReception();
  await amina.reopens();
  await amina.sees(ASKED);
  await amina.sees('Je hebt geen bereik. Dit is wat je telefoon al wist.');
  await isFine(amina, 'inbox-offline');
  await amina.findsReception();
});

test.each([
  ['en', 'English'],
  ['ar', 'العربية'],
])('the screens are there in %s', async (locale, name) => {
  await amina.goes('#/me');
  await amina.page.getByRole('radio', { name, exact: true }).check();
  await amina.page.locator(`html[lang="${locale}"]`).waitFor();
  for (const place of ['inbox', 'me/notices']) {
    await amina.goes(`#/${place}`);
    await amina.page.getByRole('heading', { level: 1 }).waitFor();
    await isFine(amina, `${place.replace('/', '-')}-${locale}`);
  }
});

test('whoever leaves the phone leaves nothing in the tray or on the icon', async () => {
  await courier.permits('granted');
  await amina.goes('#/me');
  await amina.page.getByRole('radio', { name: 'Nederlands', exact: true }).check();
  await amina.page.evaluate(async () => (await navigator.serviceWorker.ready).showNotification('Er is nieuws voor je'));
  await courier.shows('Er is nieuws voor je');
  await amina.link('Afmelden op deze telefoon').click();
  await amina.button('Ja, meld mij af').click();
  await amina.sees('Meedoen?');
  await expect.poll(() => courier.shown()).toEqual([]);
  expect(await courier.badge()).toBe(null);
});
