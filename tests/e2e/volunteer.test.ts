import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WALK, logs, offersHelp } from './kit/deeds';
import { looks } from './kit/looks';
import { DESKTOP, Phone } from './kit/phone';
import { Relay } from './kit/relay';

/** Somebody who helps: what fits them, a task from yes to done, and what they say of themselves. Much of it offline. */
let relay: Relay;
let fatma: Phone;
let amina: Phone;
let joke: Phone;

const WHO = { name: 'Mevrouw Voorbeeld', address: 'nummer 7000', phone: '06 0000 4711', words: 'Graag een rondje' };
const PRIVATE = [WHO.name, WHO.address, WHO.phone, '4711', WHO.words];
let task = '';

beforeAll(async () => {
  relay = await Relay.opens();
  fatma = await Phone.of('Fatma', relay);
  amina = await Phone.of('Amina', relay);
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP });
  for (const phone of [fatma, amina, joke]) await phone.signsIn(relay);
  await logs(fatma, { ...WALK, who: WHO, agrees: { coördinator: true, vrijwilliger: true } });
  await fatma.sees('Veilig verstuurd');
  [, , , , task = ''] = new URL(fatma.page.url()).hash.split('/');
});

afterAll(async () => {
  for (const phone of [fatma, amina, joke]) await phone?.leaves();
  await relay?.closes();
});

const heading = (phone: Phone, name: string) => phone.page.getByRole('heading', { name, exact: true });
const proposals = (phone: Phone) => phone.page.getByRole('region', { name: 'Past bij jou' }).getByRole('link');

test('who never said anything is greeted, sees what is near and is asked what they like, once', async () => {
  await amina.card(WALK.ask).waitFor();
  await heading(amina, 'Vertel wat je graag doet').waitFor();
  expect(await looks(amina, 'help-home-new')).toEqual([]);
  await amina.button('Nu niet').click();
  await amina.reopens();
  await amina.card(WALK.ask).waitFor();
  expect(await heading(amina, 'Vertel wat je graag doet').count()).toBe(0);
});

test('a task says what, when, how far and why; no costs one tap, and may be taken back', async () => {
  await amina.losesReception();
  await amina.card(WALK.ask).click();
  await amina.sees('Lekstraat, in jouw buurt');
  await amina.sees('Het is in jouw buurt.');
  expect(await looks(amina, 'help-task')).toEqual([]);
  await amina.button('Niet nu').click();
  await heading(amina, 'Dank je wel dat je keek').waitFor();
  expect(await looks(amina, 'help-task-passed')).toEqual([]);
  await amina.link('Naar mijn overzicht').click();
  // It stands where whoever changes their mind finds it, without being shown first.
  await amina.card(WALK.ask).filter({ hasText: 'Je zei: niet nu' }).click();
  await amina.button('Ik help toch').click();
  await heading(amina, 'Je aanbod is bewaard').waitFor();
  expect(await looks(amina, 'help-task-waiting')).toEqual([]);
  await amina.findsReception();
  await heading(amina, 'Jij gaat helpen').waitFor();
  expect(await looks(amina, 'help-task-matched')).toEqual([]);
});

test('the appointment goes into the own calendar without a word about the resident', async () => {
  await amina.link('Contactkaart').click();
  await amina.sees(WHO.phone);
  await amina.goes(`#/request/${task}`);
  await amina.link('In mijn agenda').click();
  await amina.sees('De tijd spreek je zelf af');
  expect(await looks(amina, 'help-calendar')).toEqual([]);
  const [download] = await Promise.all([
    amina.page.waitForEvent('download'),
    amina.button('Zet in mijn agenda').click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.ics$/);
  const text = await readFile(await download.path(), 'utf8');
  expect(text).toContain(`UID:${task}@kruispunt`);
  expect(text).toContain('SUMMARY:Helpen: Samen wandelen');
  expect(text.replaceAll('\r\n ', '')).toMatch(new RegExp(`URL:http\\S+/#/request/${task}`));
  expect(PRIVATE.filter((mark) => text.includes(mark))).toEqual([]);
  await amina.sees('Open het bestand.');
});

test('agreed, something in the way, agreed again and done, all without reception', async () => {
  await amina.goes(`#/request/${task}`);
  await amina.losesReception();
  await amina.button('Het is afgesproken').click();
  await heading(amina, 'Jij bent ermee bezig').waitFor();
  expect(await looks(amina, 'help-task-started')).toEqual([]);

  await amina.link('Er is iets met deze taak').click();
  expect(await looks(amina, 'help-trouble')).toEqual([]);
  await amina.button('Niemand thuis of bereikbaar').click();
  await heading(amina, 'Goed dat je het zegt').waitFor();
  await amina.button('Terug').click();
  await heading(amina, 'We kijken met je mee').waitFor();
  expect(await looks(amina, 'help-task-trouble')).toEqual([]);
  await amina.button('Het is afgesproken').click();
  await heading(amina, 'Jij bent ermee bezig').waitFor();

  // The app is closed and opened again, and knows where she was.
  await amina.reopens();
  await heading(amina, 'Jij bent ermee bezig').waitFor();
  await amina.goes('');
  await amina.card(WALK.ask).filter({ hasText: 'Ben je klaar? Geef het door' }).click();
  await amina.link('Klaar').click();
  await amina.button('Ja, het is klaar').click();
  await heading(amina, 'Dank je wel!').waitFor();
  expect(await looks(amina, 'help-done')).toEqual([]);
  await amina.page.getByLabel('Of in minuten').fill('veel');
  await amina.button('Bewaren').click();
  await amina.sees('Vul een getal in tussen 1 en 1440.');
  await amina.button('Anderhalf uur').click();
  await amina.sees('Dank je wel, het staat erbij.');
  await amina.button('Terug').click();
  await amina.sees('Je was anderhalf uur bezig');
  expect(await looks(amina, 'help-task-done')).toEqual([]);

  expect(await fatma.page.getByText('Vertel hoe het ging').count()).toBe(0);
  await amina.findsReception();
  await amina.isInSync();
  await fatma.goes('');
  await fatma.page.getByRole('link').filter({ hasText: 'Vertel hoe het ging' }).first().waitFor();
});

test('worries lead to where help in danger is', async () => {
  await amina.goes('');
  await offersHelp(amina, { theme: '', ask: 'Hulp met de telefoon', soon: '' });
  await heading(amina, 'Jij gaat helpen').waitFor();
  await amina.link('Er is iets met deze taak').click();
  await amina.button('Ik maak me zorgen').click();
  await amina.sees('Wacht dan niet op de coördinator.');
  expect(await looks(amina, 'help-worries')).toEqual([]);
  await amina.link('Is er gevaar?').click();
  await amina.link('Bel 112').waitFor();
  await amina.goes('');
  await amina.card('Hulp met de telefoon').click();
  await amina.link('Lukt niet').click();
  expect(await looks(amina, 'help-release')).toEqual([]);
  await amina.button('Het lukt mij niet').click();
  await amina.button('Ik help').waitFor();
});

test('what she says of herself is kept without reception and changes what is proposed', async () => {
  await amina.goes('#/me');
  await amina.link('Wat ik graag doe').click();
  await heading(amina, 'Wat ik graag doe').waitFor();
  expect(await looks(amina, 'help-profile')).toEqual([]);
  await amina.losesReception();
  await amina.page.getByRole('checkbox', { name: 'Vervoer' }).check();
  await amina.button('Dinsdag ochtend').click();
  await amina.button('Hele zaterdag').click();
  await amina.page.getByLabel('Waar woon je?').selectOption({ label: 'Dorpsstraat' });
  await amina.page.getByRole('radio', { name: 'Mijn buurt' }).check();
  await amina.page.getByRole('checkbox', { name: 'Arabisch' }).check();
  await amina.sees('Bewaard op deze telefoon. Nog niet verstuurd.');
  expect(await looks(amina, 'help-profile-filled')).toEqual([]);

  await amina.reopens();
  await amina.page.getByRole('checkbox', { name: 'Vervoer', checked: true }).waitFor();
  await amina.page.getByRole('button', { name: 'Zaterdag avond', pressed: true }).waitFor();
  await amina.goes('');
  await proposals(amina)
    .filter({ hasText: 'Je brengt graag iemand weg, je kunt op dinsdagochtend en het is in jouw straat.' })
    .waitFor();
  expect(await proposals(amina).count()).toBe(1);
  expect(await looks(amina, 'help-home-fits')).toEqual([]);

  // What is in the way of another task is said kindly, and nobody is kept from helping.
  await amina.card('Hulp met de telefoon').click();
  await amina.sees('Je doet liever iets anders, vertelde je.');
  await amina.sees('Wil je toch helpen? Dat mag altijd.');
  expect(await looks(amina, 'help-task-obstacles')).toEqual([]);

  await amina.findsReception();
  await amina.isInSync();
  const { profile } = await amina.reads<{ profile: { talents: string[]; languages: string[] } }>('/api/me');
  expect([profile.talents, profile.languages]).toEqual([['transport'], ['ar']]);
});

test('a break ends proposals until it is ended, and says until when', async () => {
  await amina.goes('#/profile');
  await amina.button('Een week').click();
  await amina.sees(/Je hebt pauze tot \w+/);
  await amina.goes('');
  await heading(amina, 'Dag Amina').waitFor();
  await amina.sees(/Je hebt pauze tot \w+/);
  expect(await proposals(amina).count()).toBe(0);
  expect(await looks(amina, 'help-home-paused')).toEqual([]);
  await amina.button('Stop de pauze').click();
  await proposals(amina).first().waitFor();
});

test('who is asked by name sees that first', async () => {
  await joke.goes('');
  await joke.card('Naar de dokter').first().click();
  await joke.button('Vraag Amina').click();
  await amina.goes('');
  const asked = amina.page.getByRole('region', { name: 'Aan jou gevraagd' }).getByRole('link');
  await asked.filter({ hasText: /vraagt of jij kunt helpen/ }).waitFor();
  expect(await looks(amina, 'help-home-asked')).toEqual([]);
  await asked.click();
  await amina.sees(/vraagt of jij kunt helpen/);
  await amina.button('Ik help').click();
  await heading(amina, 'Jij gaat helpen').waitFor();
  await amina.goes('');
  await amina.card('Naar de dokter').filter({ hasText: 'Bevestigd' }).waitFor();
  expect(await looks(amina, 'help-home-appointment')).toEqual([]);
});

test('an organisation takes up what was brought to it, hands it back, and takes it up again', async () => {
  const olga = await Phone.of('Olga', relay);
  try {
    await joke.goes('#/people');
    await joke.link('Iemand uitnodigen').click();
    await joke.page.getByLabel('Voornaam').fill('Olga');
    await joke.page.getByRole('radio', { name: 'Contactpersoon' }).check();
    await joke.button('Maak de uitnodiging').click();
    const link = (await joke.page.locator('[data-link]').textContent()) ?? '';
    await olga.goes(new URL(link.trim()).hash);
    await olga.button('Beginnen').click();
    await heading(olga, 'Nu niets gevraagd').waitFor();
    expect(await looks(olga, 'help-organisation-empty')).toEqual([]);

    await joke.goes('');
    await joke.card('Samen koffie drinken').first().click();
    await joke.button('Andere route kiezen').click();
    await joke.page.getByRole('radio', { name: /^Een organisatie/ }).check();
    await joke.page.getByRole('radio', { name: 'Er is een vakmens nodig' }).check();
    await joke.button('Bewaren').click();

    const routed = olga.page.getByRole('region', { name: 'Gevraagd aan jullie' }).getByRole('link');
    await routed.click();
    expect(await looks(olga, 'help-organisation-task')).toEqual([]);
    await olga.button('Wij pakken dit op').click();
    await heading(olga, 'Jullie gaan helpen').waitFor();
    expect(await looks(olga, 'help-organisation-taken-up')).toEqual([]);
    await olga.link('Het lukt ons niet').click();
    expect(await looks(olga, 'help-organisation-back')).toEqual([]);
    await olga.button('Er is nu geen plek').click();
    await olga.button('Wij pakken dit op').click();
    await heading(olga, 'Jullie gaan helpen').waitFor();
    await olga.goes('');
    await olga.card('Samen koffie drinken').filter({ hasText: 'Jullie hebben dit opgepakt' }).click();
    await olga.link('Klaar').click();
    await olga.button('Ja, het is klaar').click();
    await olga.button('Een uur').click();
    await olga.sees('Dank je wel, het staat erbij.');
  } finally {
    await olga.leaves();
  }
});

test.each([
  ['en', 'English'],
  ['ar', 'العربية'],
])('every screen is there in %s', async (locale, name) => {
  await amina.goes('#/me');
  await amina.page.getByRole('radio', { name, exact: true }).check();
  await amina.page.locator(`html[lang="${locale}"]`).waitFor();
  const doctor = amina.page.locator('main a[data-request]').first();
  await amina.goes('#/volunteer');
  await doctor.waitFor();
  expect(await looks(amina, `help-home-${locale}`)).toEqual([]);
  const hash = (await doctor.getAttribute('href')) ?? '';
  for (const step of ['', '/calendar', '/trouble', '/release', '/done']) {
    await amina.goes(`${hash}${step}`);
    await amina.page.getByRole('heading', { level: 1 }).waitFor();
    expect(await looks(amina, `help-task${step.replace('/', '-')}-${locale}`)).toEqual([]);
  }
  await amina.goes('#/profile');
  await amina.page.getByRole('table').waitFor();
  expect(await looks(amina, `help-profile-${locale}`)).toEqual([]);
});
