import nl from '@locales/relay/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import type { Book } from '@pwa/i18n/locales';

const book: Book = {
  nl: () => Promise.resolve(nl),
  en: async () => (await import('@locales/relay/en.json')).default,
  ar: async () => (await import('@locales/relay/ar.json')).default,
};
let learned: Promise<void> | undefined;

/** The words of what every screen that asks the relay is made of, once. */
export function learnRelay(): Promise<void> {
  return (learned ??= learn(book));
}
