/** What a volunteer says of themselves. The words are those of `core/src/model/profile.rs`. */
import type { DayPart, Theme, Weekday } from '../contract';

/** How far somebody goes to help, nearest first. */
export const REACHES = ['street', 'neighbourhood', 'quarter', 'anywhere'] as const;
export type Reach = (typeof REACHES)[number];

/** Languages by their codes of ISO 639; `sign` is the Sign Language of the Netherlands. */
export const LANGUAGES = [
  'nl',
  'en',
  'ar',
  'tr',
  'ber',
  'fr',
  'de',
  'es',
  'pt',
  'pl',
  'uk',
  'ru',
  'ro',
  'bg',
  'fa',
  'ku',
  'so',
  'ti',
  'zh',
  'pap',
  'srn',
  'sign',
] as const;
export type Language = (typeof LANGUAGES)[number];

/** As many languages as a profile holds. */
export const MOST_LANGUAGES = 10;

/** As many tasks at a time as a profile allows. */
export const MOST_AT_A_TIME = 20;

/** What somebody would rather do, or cannot do. */
export const PREFERENCES = [
  'once',
  'weekly',
  'short',
  'outdoors',
  'by_phone',
  'together',
  'no_lifting',
  'no_stairs',
] as const;
export type Preference = (typeof PREFERENCES)[number];

export interface Free {
  day: Weekday;
  part: DayPart;
}

/** An empty list is a question that was not answered. */
export interface Profile {
  talents: Theme[];
  free: Free[];
  reach: Reach;
  languages: Language[];
  preferences: Preference[];
  /** The area where they live, as far as they share it. */
  home: string | null;
  /** From when on they have time; null is now. */
  from: number | null;
  /** Until when they have time; null is for good. */
  until: number | null;
  /** Until when they do not want to be asked. */
  paused_until: number | null;
  /** How many tasks at a time are enough. */
  at_most: number | null;
}

/** Of whoever said nothing yet. */
export const NO_PROFILE: Profile = {
  talents: [],
  free: [],
  reach: 'neighbourhood',
  languages: [],
  preferences: [],
  home: null,
  from: null,
  until: null,
  paused_until: null,
  at_most: null,
};
