import nl from '@locales/fit/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import type { Book } from '@pwa/i18n/locales';

const book: Book = {
  nl: () => Promise.resolve(nl),
  en: async () => (await import('@locales/fit/en.json')).default,
  ar: async () => (await import('@locales/fit/ar.json')).default,
};
let learned: Promise<void> | undefined;

/** The words about who fits what, and of languages, once. */
export function learnFit(): Promise<void> {
  return (learned ??= learn(book));
}
