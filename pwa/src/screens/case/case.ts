import type { Component } from 'svelte';
import nl from '@locales/case/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import { learnFit } from '@pwa/parts/fit/words';
import Case from './Case.svelte';
import type { Given } from './parts';

/** Everything about a resident: their card, what they agree to, danger, erasing. With its words. */
export async function open(): Promise<Component<Given>> {
  await Promise.all([
    learnFit(),
    learn({
      nl: () => Promise.resolve(nl),
      en: async () => (await import('@locales/case/en.json')).default,
      ar: async () => (await import('@locales/case/ar.json')).default,
    }),
  ]);
  return Case;
}
