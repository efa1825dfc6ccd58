/**
 * Where a notification leads: a screen of this very app, by its address after the `#`. Whatever else an address says
 * leads to the inbox.
 */
import { parse, to, type Place } from '../address';

/** A tap on a notification opens what may be looked at, and nothing that is done by opening it. */
const OPENED: readonly Place[] = ['request', 'intake', 'people', 'inbox', 'volunteer', 'street', 'board', 'me'];

export const INBOX = to('inbox');

export function leadsTo(navigate: unknown, origin: string): string {
  if (typeof navigate !== 'string') return INBOX;
  let address: URL;
  try {
    address = new URL(navigate, origin);
  } catch {
    return INBOX;
  }
  if (address.origin !== origin || address.pathname !== '/' || address.username !== '') return INBOX;
  const { place, args } = parse(address.hash);
  return OPENED.includes(place) ? to(place, ...args) : INBOX;
}
