import { dutch, isLocale, LANGUAGES, type Key, type Locale, type Words } from './locales';
import { fill } from './fill';
import { recall, remember } from '@pwa/memory';

let locale = $state<Locale>('nl');
let words = $state.raw<Words>(dutch);

export const language = {
  get current(): Locale {
    return locale;
  },
};

/** Changes the words of every screen at once; the choice is kept on this phone. */
export async function speak(next: Locale): Promise<void> {
  await take(next);
  remember('locale', next);
}

async function take(next: Locale): Promise<void> {
  words = await LANGUAGES[next].load();
  locale = next;
  document.documentElement.lang = next;
  document.documentElement.dir = LANGUAGES[next].dir;
}

/** What somebody chose on this phone; before that the phone's own language where there are words in it, else Dutch. */
export async function speakAsChosen(): Promise<void> {
  const chosen = recall('locale');
  const spoken = isLocale(chosen) ? chosen : navigator.languages.map((tag) => tag.split('-')[0]).find(isLocale);
  // A locale that cannot be loaded leaves the person with Dutch, not with an empty screen.
  if (spoken && spoken !== locale) await take(spoken).catch(() => undefined);
}

export function t(key: Key, args: Record<string, string | number> = {}): string {
  return fill(words[key] ?? dutch[key] ?? '', args, locale);
}

/** The words for a key that came from the core, which may be newer than this app. */
export function tOr(key: string, otherwise: Key, args: Record<string, string | number> = {}): string {
  return t(key in dutch ? (key as Key) : otherwise, args);
}
