import { expect, it } from 'vitest';
import { dateOf, toldOn } from './when';

const now = new Date(2026, 10, 22, 9, 30).getTime();
const day = (at: number | null | undefined) => (typeof at === 'number' ? dateOf(at) : at);

it('is now when it was today', () => {
  expect(toldOn('today', '', now)).toBeNull();
  expect(toldOn('earlier', '2026-11-22', now)).toBeNull();
});

it('is the day before, also on the first of a month and where the clock changes', () => {
  expect(day(toldOn('yesterday', '', now))).toBe('2026-11-21');
  expect(day(toldOn('yesterday', '', new Date(2026, 2, 1, 0, 5).getTime()))).toBe('2026-02-28');
  expect(day(toldOn('yesterday', '', new Date(2026, 9, 26, 0, 30).getTime()))).toBe('2026-10-25');
});

it('is the day that was chosen', () => {
  expect(day(toldOn('earlier', '2026-11-03', now))).toBe('2026-11-03');
});

it('waits for a day, and nobody was told tomorrow', () => {
  expect(toldOn('earlier', '', now)).toBeUndefined();
  expect(toldOn('earlier', '2026-11-23', now)).toBeUndefined();
  expect(toldOn('earlier', 'soon', now)).toBeUndefined();
});
