import type { Phone } from './phone';

export interface Wish {
  theme: string;
  ask: string;
  day?: string;
  soon: string;
  /** Who it is for; nobody is written down otherwise. */
  who?: { name: string; address: string; phone: string; words: string };
  /** Whether the resident agrees, by who may read it. */
  agrees?: Partial<Record<'coördinator' | 'vrijwilliger' | 'organisatie' | 'wijkteam', boolean>>;
}

export const WALK: Wish = { theme: 'Gezelschap', ask: 'Samen wandelen', day: 'Dinsdag', soon: 'Deze week' };

/** What an ambassador does at the door, one decision a screen. Ends on the screen that says it is kept. */
export async function logs(phone: Phone, wish: Wish): Promise<void> {
  await phone.link('Nieuwe vraag').click();
  await phone.button(wish.theme).click();
  await phone.button(wish.ask).click();
  if (wish.day) await phone.page.getByRole('radio', { name: wish.day, exact: true }).check();
  await phone.button('Verder').click();
  await phone.button(new RegExp(`^${wish.soon}`)).click();
  await tellsWho(phone, wish);
  await phone.button('Bewaren').click();
}

/** The same from wherever they are, until it is at the relay; gives which request it is. */
export async function asks(phone: Phone, wish: Wish): Promise<string> {
  await phone.goes('');
  await logs(phone, wish);
  await phone.sees('Veilig verstuurd');
  return new URL(phone.page.url()).hash.split('/')[4] ?? '';
}

/** Writes down who it is for and what they agree to, up to the overview. */
export async function tellsWho(phone: Phone, { who, agrees = {} }: Wish): Promise<void> {
  if (!who) return phone.button('Sla over').click();
  await phone.page.getByLabel('Naam').fill(who.name);
  await phone.page.getByLabel('Huisnummer of adres').fill(who.address);
  await phone.page.getByLabel('Telefoon').fill(who.phone);
  await phone.page.getByLabel('De vraag in eigen woorden').fill(who.words);
  await phone.button('Verder').click();
  for (const [recipient, given] of Object.entries(agrees)) {
    const question = phone.page.getByRole('group', { name: new RegExp(recipient) });
    await question.getByRole('radio', { name: given ? 'Ja' : 'Nee' }).check();
  }
  await phone.button('Verder').click();
}

/** What a volunteer does on their own screen. */
export async function offersHelp(phone: Phone, wish: Wish): Promise<void> {
  await phone.card(wish.ask).click();
  await phone.button('Ik help').click();
}

/** Opens what the participants of the request on the screen write to each other, or shuts it. */
export async function turnsNotes(phone: Phone): Promise<void> {
  await phone.page.locator('summary', { hasText: 'Notities' }).click();
}

/** Writes a note where they are open, for everybody unless a reader is named. */
export async function writesNote(phone: Phone, text: string, reader?: string): Promise<void> {
  await phone.page.getByLabel('Schrijf een notitie').fill(text);
  if (reader) await phone.page.getByRole('radio', { name: reader }).check();
  await phone.button('Plaatsen').click();
  await phone.sees(text);
}
