import type { Component } from 'svelte';
import push from '@locales/push/nl.json';
import nl from '@locales/ring/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import { learnRelay } from '@pwa/parts/relay/words';
import { follows } from './follow.svelte';
import type { Ringing } from './parts';
import Ring from './Ring.svelte';

/**
 * The bell, the inbox, how somebody wants to hear, and the question whether this phone may ring. With the words of
 * pushes; and from now on what is behind the bell is followed.
 */
export async function open(): Promise<Component<Ringing>> {
  await Promise.all([
    learnRelay(),
    learn({
      nl: () => Promise.resolve(push),
      en: async () => (await import('@locales/push/en.json')).default,
      ar: async () => (await import('@locales/push/ar.json')).default,
    }),
    learn({
      nl: () => Promise.resolve(nl),
      en: async () => (await import('@locales/ring/en.json')).default,
      ar: async () => (await import('@locales/ring/ar.json')).default,
    }),
  ]);
  follows();
  return Ring;
}
