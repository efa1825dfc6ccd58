import nl from '@locales/nl.json';

/** A plain text, or one text per plural category. */
export type Word = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Words = Record<string, Word>;
export type Key = keyof typeof nl;
export type Locale = 'nl' | 'en';

interface Language {
  /** The language's name in that language, which is what its readers look for. */
  name: string;
  dir: 'ltr' | 'rtl';
  load: () => Promise<Words>;
}

export const LANGUAGES: Record<Locale, Language> = {
  nl: { name: 'Nederlands', dir: 'ltr', load: () => Promise.resolve(nl) },
  en: { name: 'English', dir: 'ltr', load: async () => (await import('@locales/en.json')).default },
};

export const dutch: Words = nl;

export function isLocale(text: string | null | undefined): text is Locale {
  return typeof text === 'string' && Object.keys(LANGUAGES).includes(text);
}
