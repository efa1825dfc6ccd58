import type { Component } from 'svelte';
import nl from '@locales/help/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import { learnFit } from '@pwa/parts/fit/words';
import Help from './Help.svelte';
import type { Helping } from './parts';

/** Everything somebody does who helps: what fits them, a task, what they say of themselves. With its words. */
export async function open(): Promise<Component<Helping>> {
  await Promise.all([
    learnFit(),
    learn({
      nl: () => Promise.resolve(nl),
      en: async () => (await import('@locales/help/en.json')).default,
      ar: async () => (await import('@locales/help/ar.json')).default,
    }),
  ]);
  return Help;
}
