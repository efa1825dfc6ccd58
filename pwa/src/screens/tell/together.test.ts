import { expect, it } from 'vitest';
import type { HistoryLine } from '@worker/contract';
import { joining, leaving, rootOf } from './together';

const linked = (into: string) => ({ kind: 'linked', into }) as HistoryLine;

/** Points at, as the board has it after these. */
function after(points: Record<string, string>, links: ReturnType<typeof joining>): string[][] {
  const now = { ...points };
  for (const { request, into } of links) now[request] = into;
  const groups = new Map<string, string[]>();
  for (const id of Object.keys(now)) {
    const root = now[id] ?? id;
    groups.set(root, [...(groups.get(root) ?? []), id]);
  }
  return [...groups.values()].map((group) => group.sort()).sort();
}

it('points at what was said last, else at itself', () => {
  expect(rootOf('a', [])).toBe('a');
  expect(rootOf('a', [linked('b'), linked('c'), { kind: 'offered', into: null } as HistoryLine])).toBe('c');
});

it('puts one with another', () => {
  expect(after({ a: 'a', b: 'b' }, joining({ id: 'a', linked: [] }, 'b'))).toEqual([['a', 'b']]);
});

it('puts one with a group, by whichever of it was chosen', () => {
  expect(after({ a: 'a', b: 'c', c: 'c' }, joining({ id: 'a', linked: [] }, 'c'))).toEqual([['a', 'b', 'c']]);
});

it('takes a whole group along', () => {
  const points = { a: 'a', b: 'a', c: 'c' };
  expect(after(points, joining({ id: 'a', linked: ['b'] }, 'c'))).toEqual([['a', 'b', 'c']]);
});

it('takes one out, and leaves the others together', () => {
  const points = { a: 'a', b: 'a', c: 'a' };
  expect(after(points, leaving({ id: 'b', linked: ['a', 'c'] }, 'a'))).toEqual([['a', 'c'], ['b']]);
  expect(after(points, leaving({ id: 'a', linked: ['b', 'c'] }, 'a'))).toEqual([['a'], ['b', 'c']]);
});
