import type { Component } from 'svelte';
import nl from '@locales/round/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import type { Given } from './parts';
import Round from './Round.svelte';

/** What an ambassador does on their round, after the street itself. With its words. */
export async function open(): Promise<Component<Given>> {
  await learn({
    nl: () => Promise.resolve(nl),
    en: async () => (await import('@locales/round/en.json')).default,
    ar: async () => (await import('@locales/round/ar.json')).default,
  });
  return Round;
}
