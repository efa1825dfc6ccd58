import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { ASKS } from '../../../wasm-client/worker/contract';
import { fill } from './fill';
import type { Words, Word } from './locales';

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

describe.each(files)('$book $file', ({ book, file }) => {
  const words = read(book, file);
  const dutch = read(book, 'nl.json');

  it('has every key, and no key of its own', () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(dutch).sort());
  });

  it('has the same places to fill in as the Dutch', () => {
    for (const [key, word] of Object.entries(words)) {
      const expected = places(texts(dutch[key] ?? '')[0] ?? '');
      for (const text of texts(word)) expect(places(text), key).toEqual(expected);
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
  relay: [join('parts', 'relay'), join('screens', 'desk'), join('screens', 'own')],
};

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
    expect(fill(word, { count: 1 }, 'nl')).toBe('1 vraag');
    expect(fill(word, { count: 1200 }, 'nl')).toBe('1.200 vragen');
  });

  it('leaves a place alone that nothing was given for', () => {
    expect(fill('Dag {name}', {}, 'nl')).toBe('Dag {name}');
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
