import nl from '@locales/nl.json';
import type casework from '@locales/case/nl.json';
import type desk from '@locales/desk/nl.json';
import type relay from '@locales/relay/nl.json';
import type own from '@locales/own/nl.json';

/** A plain text, or one text per plural category. */
export type Word = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Words = Record<string, Word>;
/** Words of a bundle that comes later are known to the compiler everywhere, and to the app once it came. */
export type Key = keyof typeof nl | keyof typeof desk | keyof typeof casework | keyof typeof own | keyof typeof relay;
export type Locale = 'nl' | 'en';
/** The same words in every language. */
export type Book = Record<Locale, () => Promise<Words>>;

interface Language {
  /** The language's name in that language, which is what its readers look for. */
  name: string;
  dir: 'ltr' | 'rtl';
}

export const LANGUAGES: Record<Locale, Language> = {
  nl: { name: 'Nederlands', dir: 'ltr' },
  en: { name: 'English', dir: 'ltr' },
};

export const dutch: Words = { ...nl };

/** The words of the screens that are always there. */
export const FIRST: Book = {
  nl: () => Promise.resolve(nl),
  en: async () => (await import('@locales/en.json')).default,
};

export function isLocale(text: string | null | undefined): text is Locale {
  return typeof text === 'string' && Object.keys(LANGUAGES).includes(text);
}
