import type { Component } from 'svelte';
import nl from '@locales/own/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import { learnRelay } from '@pwa/parts/relay/words';
import Mine from './Mine.svelte';

/** What is somebody's own: who they are here, their work, their phones. With its words. */
export async function open(): Promise<Component> {
  await Promise.all([
    learnRelay(),
    learn({
      nl: () => Promise.resolve(nl),
      en: async () => (await import('@locales/own/en.json')).default,
      ar: async () => (await import('@locales/own/ar.json')).default,
    }),
  ]);
  return Mine;
}
