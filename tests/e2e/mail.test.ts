import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Wish, asks } from './kit/deeds';
import { looks } from './kit/looks';
import { type Email, MailServer, linkIn } from './kit/mail_server';
import { PHONE, Phone } from './kit/phone';
import { PushService } from './kit/push_service';
import { Relay } from './kit/relay';
import { TASK, inbox, livesIn, taskBody } from './kit/ringing';

/** Whoever wants to hear by e-mail: only to an address that is theirs, without a name, and stopped from any mail. */
const ADDRESS = 'amina@voorbeeld.test';
const WHO = { name: 'Mevrouw Voorbeeld', address: 'nummer 7000', phone: '06 0000 4711', words: 'Graag een rondje' };
const WALK: Wish = { theme: 'Gezelschap', ask: 'Samen wandelen', soon: 'Vandaag', who: WHO };

let server: MailServer;
let service: PushService;
let relay: Relay;
let fatma: Phone;
let amina: Phone;
/** Where she reads her mail: nobody is signed in there. */
let elsewhere: Phone;

beforeAll(async () => {
  server = await MailServer.opens();
  service = await PushService.opens();
  const from = ['--mail-from', 'kruispunt@kruispunt.test'];
  relay = await Relay.opensFor(service, '--smtp', server.address, ...from);
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  elsewhere = await Phone.of('Elsewhere', relay);
  for (const phone of [fatma, amina]) await phone.signsIn(relay);
  await livesIn(amina, 'Lekstraat');
});

afterAll(async () => {
  for (const phone of [fatma, amina, elsewhere]) await phone?.leaves();
  await relay?.closes();
  await service?.stops();
  await server?.stops();
});

const heading = (phone: Phone, name: string) => phone.page.getByRole('heading', { name, exact: true });

async function isFine(phone: Phone, what: string): Promise<void> {
  expect(await looks(phone, `mail-${what}`)).toEqual([]);
  await phone.page.setViewportSize(PHONE);
}

/** Taps a link in a mail. */
async function opens(link: string): Promise<void> {
  await elsewhere.goes('');
  await elsewhere.goes(link);
}

const header = (mail: Email, name: string) => mail.headers.find(({ key }) => key === name)?.value;

const told = async () =>
  (await amina.reads<{ mail: { address: string | null; confirmed: boolean } }>('/api/push')).mail;

async function givesAddress(address: string): Promise<void> {
  await amina.page.getByLabel('Je e-mailadres').fill(address);
  await amina.button('Stuur mij e-mail').click();
}

test('an address is asked first whether it is hers, and gets nothing else until then', async () => {
  await amina.goes('#/me/notices');
  await givesAddress('geen adres');
  await amina.sees('Dit is geen e-mailadres. Kijk het nog eens na.');
  await isFine(amina, 'wrong');
  await givesAddress(ADDRESS);
  await amina.sees('Nog niet bevestigd');
  await isFine(amina, 'unconfirmed');
  const mail = await server.gets(1);
  expect(mail.to?.map(({ address }) => address)).toEqual([ADDRESS]);
  expect(mail.from?.address).toBe('kruispunt@kruispunt.test');
  expect(mail.subject).toBe('Bevestig je e-mailadres voor Kruispunt');

  await asks(fatma, WALK);
  await expect.poll(() => inbox(amina)).toHaveLength(1);
  expect(server.mails).toHaveLength(1);
  expect(await told()).toMatchObject({ address: ADDRESS, confirmed: false });
});

test('the link in it works on whatever phone she reads it, and leaves no trace', async () => {
  const link = linkIn(await server.gets(1), 'mail/confirm/');
  await opens(link);
  await heading(elsewhere, 'Is dit jouw e-mailadres?').waitFor();
  expect(elsewhere.page.url()).not.toContain(link);
  await isFine(elsewhere, 'confirm');
  await elsewhere.button('Ja, dat klopt').click();
  await heading(elsewhere, 'Het is bevestigd').waitFor();
  await isFine(elsewhere, 'confirmed');
  expect(await told()).toMatchObject({ confirmed: true });
  // Whoever taps it twice is told the same.
  await opens(link);
  await elsewhere.button('Ja, dat klopt').click();
  await heading(elsewhere, 'Het is bevestigd').waitFor();
});

test('then she reads what is new, in the words of the app and without a name', async () => {
  const mail = await server.gets(2);
  expect(mail.to?.map(({ address }) => address)).toEqual([ADDRESS]);
  expect(mail.subject).toBe('Er is nieuws voor je in Kruispunt');
  expect(mail.text).toContain(`- ${TASK}\n  ${taskBody('gezelschap')}\n`);
  const everything = JSON.stringify(mail);
  const marks = [...Object.values(WHO), 'Amina', 'Fatma', 'Lekstraat'];
  expect(marks.filter((mark) => everything.includes(mark))).toEqual([]);
  expect(header(mail, 'list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
  await amina.goes('');
  await amina.goes('#/me/notices');
  await amina.sees('Je krijgt e-mail');
  await isFine(amina, 'on');
});

test('any mail stops it, and her address is kept no longer', async () => {
  await opens(linkIn(await server.gets(2), 'mail/stop/'));
  await heading(elsewhere, 'Wil je geen e-mail meer?').waitFor();
  await isFine(elsewhere, 'stop');
  await elsewhere.button('Stop met e-mail').click();
  await heading(elsewhere, 'Je krijgt geen e-mail meer').waitFor();
  await isFine(elsewhere, 'stopped');
  expect(await told()).toMatchObject({ address: null, confirmed: false });
  // Nor does the link of before begin it again.
  await opens(linkIn(await server.gets(1), 'mail/confirm/'));
  await elsewhere.button('Ja, dat klopt').click();
  await heading(elsewhere, 'Deze link werkt niet meer').waitFor();
  await isFine(elsewhere, 'unknown');
});

test('a mail server that is down is said at once, and nothing is kept', async () => {
  await server.stops();
  await amina.goes('');
  await amina.goes('#/me/notices');
  await givesAddress(ADDRESS);
  await amina.sees('De e-mail kon nu niet weg. Probeer het later nog eens.');
  await isFine(amina, 'down');
  expect(await told()).toMatchObject({ address: null });
  await server.starts();
  await givesAddress(ADDRESS);
  await amina.sees('Nog niet bevestigd');
  expect((await server.gets(3)).subject).toBe('Bevestig je e-mailadres voor Kruispunt');
});

test('whoever chose another language since is written to in that', async () => {
  await amina.goes('#/me');
  await amina.page.getByRole('radio', { name: 'English', exact: true }).check();
  const spoken = async () => (await amina.reads<{ wishes: { language: string } }>('/api/push')).wishes.language;
  await expect.poll(spoken).toBe('en');
  await opens(linkIn(await server.gets(3), 'mail/confirm/'));
  await elsewhere.button('Ja, dat klopt').click();
  await heading(elsewhere, 'Het is bevestigd').waitFor();
  const mail = await server.gets(4);
  expect(mail.subject).toBe('There is news for you in Kruispunt');
  expect(mail.text).toContain('company');
});

test('an address that is confirmed stays, when another one cannot be asked', async () => {
  await server.stops();
  const asked = await amina.calls('PUT', '/api/members/me/mail', { address: 'anders@voorbeeld.test', language: 'en' });
  expect(asked).toMatchObject({ ok: false, body: { type: 'urn:kruispunt:problem:mail-not-sent' } });
  expect(await told()).toMatchObject({ address: ADDRESS, confirmed: true });
});

test('the button of a mail program stops it at once, and only the button', async () => {
  const [, address = ''] = /^<(.*)>$/.exec(header(await server.gets(4), 'list-unsubscribe') ?? '') ?? [];
  // Whatever looks through mail for its reader opens links, and presses nothing.
  const opened = await fetch(address, { redirect: 'manual' });
  expect([opened.status, opened.headers.get('location')]).toEqual([
    303,
    `/${linkIn(await server.gets(4), 'mail/stop/')}`,
  ]);
  expect(await told()).toMatchObject({ confirmed: true });
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  expect((await fetch(address, { method: 'POST', body })).status).toBe(200);
  expect(await told()).toMatchObject({ address: null, confirmed: false });
});
