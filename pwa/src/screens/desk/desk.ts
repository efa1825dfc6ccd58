import type { Component } from 'svelte';
import nl from '@locales/desk/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import { learnFit } from '@pwa/parts/fit/words';
import { learnRelay } from '@pwa/parts/relay/words';
import Desk from './Desk.svelte';

/** The desk of a coordinator or a steward, with its words. */
export async function open(): Promise<Component> {
  await Promise.all([
    learnFit(),
    learnRelay(),
    learn({
      nl: () => Promise.resolve(nl),
      en: async () => (await import('@locales/desk/en.json')).default,
      ar: async () => (await import('@locales/desk/ar.json')).default,
    }),
  ]);
  return Desk;
}
