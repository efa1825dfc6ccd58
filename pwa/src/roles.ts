import type { Me, Role } from '@worker/contract';
import type { Key } from './i18n/locales';
import type { Drawing } from './drawings';
import type { Place } from './address';
import { desk, help } from './later.svelte';

/** The screens a person starts from, in the order of who is most often at the door. */
interface Home {
  place: Place;
  word: Key;
  drawing: Drawing;
  roles: readonly Role[];
  /** The bundle it comes in, where that is one of its own. */
  later?: { come(): void };
}

const homes: readonly Home[] = [
  { place: 'street', word: 'nav.street', drawing: 'street', roles: ['ambassador'] },
  {
    place: 'board',
    word: 'nav.board',
    drawing: 'board',
    roles: ['coordinator', 'process_manager'],
    later: desk,
  },
  {
    place: 'people',
    word: 'nav.people',
    drawing: 'users',
    roles: ['coordinator', 'file_manager', 'steward'],
    later: desk,
  },
  { place: 'intake', word: 'nav.intake', drawing: 'tell', roles: ['coordinator'], later: desk },
  {
    place: 'volunteer',
    word: 'nav.volunteer',
    drawing: 'help',
    roles: ['volunteer', 'organisation_contact', 'neighbourhood_team'],
    later: help,
  },
];

/** Only what exists for this person; a role without a screen of its own still has "Ik". */
export function homesOf(me: Me | null): readonly Home[] {
  const held = new Set(me?.memberships.map(({ role }) => role));
  return homes.filter(({ roles }) => roles.some((role) => held.has(role)));
}
