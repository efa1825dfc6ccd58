import { dutch, FIRST, isLocale, LANGUAGES, type Book, type Key, type Locale, type Words } from './locales';
import { fill } from './fill';
import { recall, remember } from '@pwa/memory';

let locale = $state<Locale>('nl');
let words = $state.raw<Words>(dutch);
const books: Book[] = [FIRST];

export const language = {
  get current(): Locale {
    return locale;
  },
  get dir(): 'ltr' | 'rtl' {
    return LANGUAGES[locale].dir;
  },
  /** What Intl is asked with. */
  get forms(): string {
    return LANGUAGES[locale].forms;
  },
};

/** Changes the words of every screen at once; the choice is kept on this phone. */
export async function speak(next: Locale): Promise<void> {
  await take(next);
  remember('locale', next);
}

/** The same for as long as this page is open: where one person after another stands before it, no choice is kept. */
export async function speakHere(next: Locale): Promise<void> {
  if (next !== locale) await take(next).catch(() => undefined);
}

async function take(next: Locale): Promise<void> {
  const read = await Promise.all(books.map((book) => book[next]()));
  words = Object.assign({}, ...read) as Words;
  locale = next;
  document.documentElement.lang = next;
  document.documentElement.dir = LANGUAGES[next].dir;
}

/** Takes in the words of screens that came later. In a language that cannot be loaded now they are Dutch. */
export async function learn(book: Book): Promise<void> {
  books.push(book);
  Object.assign(dutch, await book.nl());
  const spoken = locale;
  const more = await book[spoken]().catch(() => ({}));
  // Whoever changed the language meanwhile got these words with the others.
  if (spoken === locale) words = { ...words, ...more };
}

/** What somebody chose on this phone; before that the phone's own language where there are words in it, else Dutch. */
export async function speakAsChosen(): Promise<void> {
  const chosen = recall('locale');
  const spoken = isLocale(chosen) ? chosen : navigator.languages.map((tag) => tag.split('-')[0]).find(isLocale);
  // A locale that cannot be loaded leaves the person with Dutch, not with an empty screen.
  if (spoken && spoken !== locale) await take(spoken).catch(() => undefined);
}

export function t(key: Key, args: Record<string, string | number> = {}): string {
  return fill(words[key] ?? dutch[key] ?? '', args, LANGUAGES[locale]);
}

/** The words for a key that came from the core, which may be newer than this app. */
export function tOr(key: string, otherwise: Key, args: Record<string, string | number> = {}): string {
  return t(key in dutch ? (key as Key) : otherwise, args);
}
