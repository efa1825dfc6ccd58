/** What the service worker says by itself, in the language that was chosen in the app. */
import ar from '@locales/outside/ar.json';
import en from '@locales/outside/en.json';
import nl from '@locales/outside/nl.json';
import { spoken } from '../push/spoken';

export type Outside = keyof typeof nl;

const BOOKS: Partial<Record<string, Record<Outside, string>>> = { nl, en, ar };

export interface Voice {
  lang: string;
  dir: 'ltr' | 'rtl';
  t: (word: Outside) => string;
}

/** The voice of `lang`, or of the app where there are no words in that. */
export async function voice(lang = ''): Promise<Voice> {
  const chosen = lang in BOOKS ? lang : ((await spoken()) ?? navigator.language.split('-')[0] ?? '');
  const known = chosen in BOOKS ? chosen : 'nl';
  const book = BOOKS[known] ?? nl;
  return { lang: known, dir: known === 'ar' ? 'rtl' : 'ltr', t: (word) => book[word] };
}
