import { ASKS, type AreaNode, type BoardFilter, type Theme } from '@worker/contract';

type Search = NonNullable<BoardFilter['search']>;

/** The words a screen has for what the core calls by keys. */
export interface Vocabulary {
  theme: (theme: string) => string;
  ask: (ask: string) => string;
}

/**
 * Looks up what somebody typed among the words of the screen, since the core knows none: kinds of requests, places,
 * and the beginnings of helpers' names. Nothing typed is nothing searched; what nobody knows finds nothing.
 */
export function lookUp(typed: string, areas: readonly AreaNode[], words: Vocabulary): Search | null {
  const wanted = bare(typed).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return null;
  const themes = Object.keys(ASKS) as Theme[];
  const asks = themes.flatMap((theme) => ASKS[theme]);
  return {
    themes: themes.filter((theme) => isIn(words.theme(theme), wanted)),
    asks: asks.filter((ask) => isIn(words.ask(ask), wanted)),
    areas: streetsOf(areas, wanted),
    name: typed.trim().toLocaleLowerCase(),
  };
}

/** Streets that are called so, and all streets of an area that is. */
function streetsOf(areas: readonly AreaNode[], wanted: string[]): string[] {
  const found = new Set<string>();
  // Areas come before what lies in them, so one walk reaches everything below.
  for (const { id, name, parent } of areas) {
    if ((parent !== null && found.has(parent)) || isIn(name, wanted)) found.add(id);
  }
  return areas.filter(({ id, kind }) => kind === 'street' && found.has(id)).map(({ id }) => id);
}

/** Whether every wanted word is the beginning of one of these words. */
function isIn(text: string, wanted: readonly string[]): boolean {
  const words = bare(text).split(/[\s-]+/);
  return wanted.every((each) => words.some((word) => word.startsWith(each)));
}

/** In small letters and without accents: "coordinator" finds "coördinator". */
function bare(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase().trim();
}
