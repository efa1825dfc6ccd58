import { describe, expect, it } from 'vitest';
import { ASKS } from '../../../../../wasm-client/worker/contract';
import { asFilter, boardAt, EVERYTHING, narrowed, readWanted, THEMES, writeWanted, type Wanted } from './wanted';

const WANTED: Wanted = {
  themes: ['groceries', 'care'],
  routes: ['neighbourhood_team'],
  urgencies: ['today'],
  columns: ['seeking'],
  older: 3,
  attention: true,
  shape: 'table',
  sort: 'oldest',
};

describe('what somebody wants of the board', () => {
  it('goes into an address and comes back the same', () => {
    expect(readWanted(writeWanted(WANTED))).toEqual(WANTED);
    expect(writeWanted(EVERYTHING)).toBe('');
    expect(readWanted(undefined)).toEqual(EVERYTHING);
    expect(narrowed(WANTED)).toBe(7);
    expect(narrowed(EVERYTHING)).toBe(0);
  });

  it('stays in letters that an address need not escape', () => {
    expect(encodeURIComponent(writeWanted(WANTED))).toBe(writeWanted(WANTED));
  });

  it('loses only what this app does not know', () => {
    expect(readWanted('t.groceries.dancing~x.y~b.5~s.luck~a')).toEqual({
      ...EVERYTHING,
      themes: ['groceries'],
      attention: true,
    });
  });

  it('leaves the place of the opened request open where there is none', () => {
    expect(boardAt('all', undefined, '')).toEqual(['board', 'all']);
    expect(boardAt('all', 'one', '')).toEqual(['board', 'all', 'one']);
    expect(boardAt('all', undefined, 'a')).toEqual(['board', 'all', '-', 'a']);
  });

  it('asks for what was logged before whole hours, so that the question stays the same for a while', () => {
    const day = 24 * 3_600_000;
    const { before } = asFilter(WANTED, null, null, 10 * day + 1_234);
    expect(before).toBe(7 * day);
    expect(asFilter(WANTED, null, null, 10 * day + 60_000).before).toBe(before);
  });

  it('has every theme there is', () => {
    expect([...THEMES].sort()).toEqual(Object.keys(ASKS).sort());
  });
});
