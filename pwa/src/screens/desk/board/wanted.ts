import type { BoardFilter, Column, Route, Theme, Urgency } from '@worker/contract';
import { to } from '@pwa/address';

/**
 * What of the board somebody wants to see, as it stands in the address: `#/board/<area>/<request or ->/<wanted>`.
 * Only keys of the app's own words are in it; what somebody types to search never is.
 */
export interface Wanted {
  themes: Theme[];
  routes: Route[];
  urgencies: Urgency[];
  columns: Column[];
  /** Only what is older than so many days. */
  older: Older | null;
  /** Only what somebody should look at. */
  attention: boolean;
  shape: Shape;
  sort: Sort;
}

export type Shape = 'columns' | 'table';
export type Sort = NonNullable<BoardFilter['sort']>;
export type Older = (typeof OLDER)[number];

export const THEMES = [
  'groceries',
  'transport',
  'company',
  'chores',
  'paperwork',
  'digital',
  'language',
  'children',
  'care',
  'liveability',
  'other',
] as const satisfies readonly Theme[];
export const ROUTES = ['informal', 'combined', 'formal', 'neighbourhood_team'] as const satisfies readonly Route[];
export const URGENCIES = ['today', 'this_week', 'can_wait'] as const satisfies readonly Urgency[];
export const COLUMNS = ['new', 'seeking', 'busy', 'feedback', 'closed'] as const satisfies readonly Column[];
/** In days. */
export const OLDER = [1, 3, 7, 14] as const;
const SORTS = ['need', 'oldest', 'newest', 'street', 'theme', 'column'] as const satisfies readonly Sort[];

export const EVERYTHING: Wanted = {
  themes: [],
  routes: [],
  urgencies: [],
  columns: [],
  older: null,
  attention: false,
  shape: 'columns',
  sort: 'need',
};

/** Everywhere in the address that an area stands. */
export const EVERYWHERE = 'all';
/** Stands in the address where no request is opened. */
const NONE = '-';

/** Each kind of wish by a letter and its words: `t.groceries.care~u.today~a~b.3`. What is not understood is left out. */
export function readWanted(text: string | undefined): Wanted {
  const said = new Map<string, string[]>();
  for (const part of (text ?? '').split('~')) {
    const [letter = '', ...words] = part.split('.');
    said.set(letter, words);
  }
  const known = <Word extends string>(letter: string, words: readonly Word[]) =>
    words.filter((word) => said.get(letter)?.includes(word));
  return {
    themes: known('t', THEMES),
    routes: known('r', ROUTES),
    urgencies: known('u', URGENCIES),
    columns: known('c', COLUMNS),
    older: OLDER.find((days) => said.get('b')?.[0] === String(days)) ?? null,
    attention: said.has('a'),
    shape: said.has('table') ? 'table' : 'columns',
    sort: known('s', SORTS)[0] ?? 'need',
  };
}

export function writeWanted(wanted: Wanted): string {
  const list = (letter: string, words: readonly string[]) => (words.length > 0 ? [[letter, ...words].join('.')] : []);
  return [
    ...list('t', wanted.themes),
    ...list('r', wanted.routes),
    ...list('u', wanted.urgencies),
    ...list('c', wanted.columns),
    ...(wanted.older === null ? [] : [`b.${wanted.older}`]),
    ...(wanted.attention ? ['a'] : []),
    ...(wanted.shape === 'table' ? ['table'] : []),
    ...(wanted.sort === 'need' ? [] : [`s.${wanted.sort}`]),
  ].join('~');
}

/** How many wishes narrow the board. */
export function narrowed({ themes, routes, urgencies, columns, older, attention }: Wanted): number {
  const lists = [themes, routes, urgencies, columns].reduce((sum, list) => sum + list.length, 0);
  return lists + (older === null ? 0 : 1) + (attention ? 1 : 0);
}

/** The parts of the address of a board. */
export function boardAt(place: string, request: string | undefined, wanted: string): string[] {
  if (wanted !== '') return ['board', place, request ?? NONE, wanted];
  return request === undefined ? ['board', place] : ['board', place, request];
}

export const toBoard = (place: string, request: string | undefined, wanted: string) =>
  to(...boardAt(place, request, wanted));

/** Which request an address opens. */
export const openedBy = (part: string | undefined) => (part === NONE ? undefined : part);

const HOUR = 3_600_000;

/** The question for the core. "Older than" moves with the hours, so that the board is not asked anew all the time. */
export function asFilter(
  wanted: Wanted,
  area: string | null,
  search: BoardFilter['search'],
  now: number = Date.now(),
): BoardFilter {
  const { themes, routes, urgencies, older, attention } = wanted;
  const before = older === null ? null : (Math.floor(now / HOUR) - older * 24) * HOUR;
  const asked: BoardFilter = { area, themes, routes, urgencies, attention, before, search: search ?? null };
  return wanted.shape === 'table' ? { ...asked, columns: wanted.columns, sort: wanted.sort } : asked;
}
