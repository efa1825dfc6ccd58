import nl from '@locales/nl.json';
import type ask from '@locales/ask/nl.json';
import type casework from '@locales/case/nl.json';
import type desk from '@locales/desk/nl.json';
import type fit from '@locales/fit/nl.json';
import type help from '@locales/help/nl.json';
import type push from '@locales/push/nl.json';
import type relay from '@locales/relay/nl.json';
import type own from '@locales/own/nl.json';
import type ring from '@locales/ring/nl.json';
import type round from '@locales/round/nl.json';

/** A plain text, or one text per plural category. */
export type Word = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Words = Record<string, Word>;
/** Words of a bundle that comes later are known to the compiler everywhere, and to the app once it came. */
export type Key =
  | keyof typeof nl
  | keyof typeof ask
  | keyof typeof desk
  | keyof typeof casework
  | keyof typeof fit
  | keyof typeof help
  | keyof typeof own
  | keyof typeof push
  | keyof typeof relay
  | keyof typeof ring
  | keyof typeof round;
export type Locale = 'nl' | 'en' | 'ar';
/** The same words in every language. */
export type Book = Record<Locale, () => Promise<Words>>;

export interface Language {
  /** The language's name in that language, which is what its readers look for. */
  name: string;
  dir: 'ltr' | 'rtl';
  /** How numbers, days and moments are written; where that is not simply as the language does. */
  forms: string;
}

export const LANGUAGES: Record<Locale, Language> = {
  nl: { name: 'Nederlands', dir: 'ltr', forms: 'nl' },
  // With the days and the clock of here.
  en: { name: 'English', dir: 'ltr', forms: 'en-GB' },
  // With the digits and the clock that are on every letter and every bus stop here.
  ar: { name: 'العربية', dir: 'rtl', forms: 'ar-u-hc-h23-nu-latn' },
};

export const dutch: Words = { ...nl };

/** The words of the screens that are always there. */
export const FIRST: Book = {
  nl: () => Promise.resolve(nl),
  en: async () => (await import('@locales/en.json')).default,
  ar: async () => (await import('@locales/ar.json')).default,
};

export function isLocale(text: string | null | undefined): text is Locale {
  return typeof text === 'string' && Object.keys(LANGUAGES).includes(text);
}
