import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { ASKS } from '../../../wasm-client/worker/contract';
import { fill } from './fill';
import { LANGUAGES, type Words, type Word } from './locales';

const root = join(import.meta.dirname, '../..');
const read = (book: string, locale: string) =>
  JSON.parse(readFileSync(join(root, 'locales', book, locale), 'utf8')) as Words;
/** The words that are always there, and for every bundle that comes later its own. */
const books = ['.', ...readdirSync(join(root, 'locales'), { withFileTypes: true }).flatMap(folders)];
const files = books.flatMap((book) =>
  readdirSync(join(root, 'locales', book))
    .filter((name) => name.endsWith('.json'))
    .map((file) => ({ book, file })),
);
const dutch = read('.', 'nl.json');

function folders(entry: { name: string; isDirectory(): boolean }): string[] {
  return entry.isDirectory() ? [entry.name] : [];
}

const texts = (word: Word) => (typeof word === 'string' ? [word] : Object.values(word));
const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

/** Where the word itself says how many: "twee", a dual, "niets". */
const SAYS_ITSELF = new Set(['zero', 'one', 'two']);
const forms = (word: Word) => (typeof word === 'string' ? [['other', word] as const] : Object.entries(word));

it('every language has all the books, and every book all the languages', () => {
  for (const book of books) {
    const there = files.filter((each) => each.book === book).map(({ file }) => file.replace('.json', ''));
    expect(there.sort(), book).toEqual(Object.keys(LANGUAGES).sort());
  }
});

describe.each(files)('$book $file', ({ book, file }) => {
  const words = read(book, file);
  const dutch = read(book, 'nl.json');

  it('has every key, and no key of its own', () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(dutch).sort());
  });

  it('has the same places to fill in as the Dutch', () => {
    for (const [key, word] of Object.entries(words)) {
      const expected = places(texts(dutch[key] ?? '')[0] ?? '');
      for (const [form, text] of forms(word)) {
        const free = SAYS_ITSELF.has(form) && !places(text).includes('count') ? 'count' : '';
        expect(places(text), key).toEqual(expected.filter((place) => place !== free));
      }
    }
  });

  it('has a form for every plural of its language, and no empty word', () => {
    const plurals = new Intl.PluralRules(file.replace('.json', '')).resolvedOptions().pluralCategories;
    for (const [key, word] of Object.entries(words)) {
      if (typeof word !== 'string') expect(Object.keys(word).sort(), key).toEqual([...plurals].sort());
      for (const text of texts(word)) expect(text.trim(), key).not.toBe('');
    }
  });
});

describe('the Dutch', () => {
  it('knows every theme and everything that can be asked', () => {
    for (const [theme, asks] of Object.entries(ASKS)) {
      expect(dutch).toHaveProperty([`theme.${theme}`]);
      for (const ask of asks) expect(dutch).toHaveProperty([`ask.${ask}`]);
    }
  });

  it('speaks of no percentages', () => {
    expect(
      books
        .flatMap((book) => Object.values(read(book, 'nl.json')))
        .flatMap(texts)
        .filter((text) => text.includes('%')),
    ).toEqual([]);
  });
});

/** Where the words of a bundle are there: what several bundles are made of comes with each of them. */
const homes: Record<string, readonly string[]> = {
  round: ['log', 'talent', 'tell', 'round'].map((folder) => join('screens', folder)),
  fit: [join('parts', 'fit'), 'screens'],
  relay: [join('parts', 'relay'), join('screens', 'desk'), join('screens', 'own')],
  push: [join('screens', 'ring')],
  outside: ['sw'],
};

describe('the Arabic', () => {
  const all = books.flatMap((book) => Object.values(read(book, 'ar.json'))).flatMap(texts);
  /** Names that are the same everywhere, and keys as they are printed on a keyboard. */
  const NAMES = /Kruispunt|Veilig Thuis|Enter|Esc|QR|PDF|JSON|^kruispunt$|(?<= )[jk](?=[ :])/g;

  it('has no Latin letters but in names', () => {
    const bare = (text: string) => text.replace(/\{\w+\}/g, '').replace(NAMES, '');
    expect(all.filter((text) => /\p{Script=Latin}/u.test(bare(text)))).toEqual([]);
  });

  it('has the digits of here', () => {
    expect(all.filter((text) => /[\u0660-\u0669\u06f0-\u06f9]/.test(text))).toEqual([]);
  });

  it('keeps a number of several parts from being turned round', () => {
    const loose = (text: string) => text.replace(/\u2066[^\u2069]*\u2069/g, '');
    expect(all.filter((text) => /\d[-–/ ]\d/.test(loose(text)))).toEqual([]);
  });

  it('writes moments with the digits and the clock of here', () => {
    const moment = new Date(2026, 10, 22, 21, 7).toLocaleString(LANGUAGES.ar.forms, {
      dateStyle: 'long',
      timeStyle: 'short',
    });
    expect(moment).toContain('22 نوفمبر 2026');
    expect(moment).toContain('21:07');
  });
});

describe('the words of a bundle that comes later', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.(svelte|ts)$/.test(path) && !path.endsWith('.test.ts'),
  );

  it.each(books.slice(1))('are used by the screens of %s only, and are all its own', (book) => {
    const keys = Object.keys(read(book, 'nl.json'));
    for (const other of books) {
      if (other !== book) expect(keys.filter((key) => key in read(other, 'nl.json'))).toEqual([]);
    }
    const home = homes[book] ?? [join('screens', book)];
    for (const path of sources.filter((path) => !home.some((folder) => path.startsWith(folder)))) {
      const source = readFileSync(join(root, 'src', path), 'utf8');
      expect(
        keys.filter((key) => source.includes(`'${key}'`)),
        path,
      ).toEqual([]);
    }
  });
});

describe('filling in', () => {
  it('chooses the plural by the count and writes numbers as the language does', () => {
    const word = { one: '{count} vraag', other: '{count} vragen' };
    expect(fill(word, { count: 1 }, LANGUAGES.nl)).toBe('1 vraag');
    expect(fill(word, { count: 1200 }, LANGUAGES.nl)).toBe('1.200 vragen');
  });

  it('leaves a place alone that nothing was given for', () => {
    expect(fill('Dag {name}', {}, LANGUAGES.nl)).toBe('Dag {name}');
  });

  it('knows the six plurals of Arabic, and writes numbers with the digits of here', () => {
    const word = read('desk', 'ar.json')['board.count'] ?? '';
    const said = (count: number) => fill(word, { count }, LANGUAGES.ar);
    expect([0, 1, 2, 3, 10, 11, 99, 100, 1200].map(said)).toEqual([
      'لا طلبات',
      'طلب واحد',
      'طلبان',
      '3 طلبات',
      '10 طلبات',
      '11 طلبًا',
      '99 طلبًا',
      '100 طلب',
      '1,200 طلب',
    ]);
  });

  it('keeps a name or a number apart from words that run the other way', () => {
    expect(fill('أهلًا {name}', { name: 'Amina' }, LANGUAGES.ar)).toBe('أهلًا \u2068Amina\u2069');
    expect(fill('Dag {name}', { name: 'Amina' }, LANGUAGES.nl)).toBe('Dag Amina');
  });
});

/** Attributes that a person sees or hears; a plain text there would escape translation. */
const SPOKEN = new Set(['aria-label', 'aria-description', 'title', 'alt', 'placeholder', 'label']);

interface Node {
  type?: string;
  name?: string;
  data?: string;
  value?: unknown;
}

function literals(node: unknown, found: string[] = []): string[] {
  if (Array.isArray(node)) node.forEach((each) => literals(each, found));
  else if (node && typeof node === 'object') {
    const { type, name, data, value } = node as Node;
    if (type === 'Text' && /\p{L}/u.test(data ?? '')) found.push((data ?? '').trim());
    if (type !== 'Attribute' || SPOKEN.has(name ?? '')) Object.values(node).forEach((each) => literals(each, found));
    else if (Array.isArray(value))
      literals(
        value.filter((part: Node) => part.type !== 'Text'),
        found,
      );
    else literals(value, found);
  }
  return found;
}

describe('the screens', () => {
  const screens = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.svelte'),
  );

  it.each(screens)('%s has no words of its own', (path) => {
    const { fragment } = parse(readFileSync(join(root, 'src', path), 'utf8'), { modern: true });
    expect(literals(fragment)).toEqual([]);
  });
});
