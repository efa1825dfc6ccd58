import { mount } from 'svelte';
import nl from '@locales/ask/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import Ask from './Ask.svelte';

/**
 * The page on which a resident asks by themselves, with its words. It has no member, no session and no core: nothing of
 * it is stored, and nothing of it leaves but what is sent, sealed.
 */
export async function open(target: HTMLElement, code: string): Promise<void> {
  await learn({
    nl: () => Promise.resolve(nl),
    en: async () => (await import('@locales/ask/en.json')).default,
    ar: async () => (await import('@locales/ask/ar.json')).default,
  });
  target.replaceChildren();
  mount(Ask, { target, props: { code } });
}
