import type { Phone } from './phone';

export interface Wish {
  theme: string;
  ask: string;
  day?: string;
  soon: string;
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
  await phone.button('Bewaren').click();
}

/** What a volunteer does on their own screen. */
export async function offersHelp(phone: Phone, wish: Wish): Promise<void> {
  await phone.card(wish.ask).click();
  await phone.button('Ik help').click();
}
