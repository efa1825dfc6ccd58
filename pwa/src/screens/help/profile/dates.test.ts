import { expect, it } from 'vitest';
import { beginOf, daysFrom, fieldOf, lastDay, nextMonth } from './dates';

it('a day comes back from its field as it went in', () => {
  const day = new Date(2026, 2, 29).getTime();
  expect(fieldOf(day)).toBe('2026-03-29');
  expect(beginOf('2026-03-29')).toBe(day);
  expect(fieldOf(null)).toBe('');
});

it('a field that is empty or half typed is no day', () => {
  for (const typed of ['', '2026-03', '26-3-29']) expect(beginOf(typed)).toBe(null);
});

it('until and with a day ends when the next one begins, also when the clock is changed in between', () => {
  expect(beginOf('2026-03-29', 1)).toBe(new Date(2026, 2, 30).getTime());
  expect(fieldOf(lastDay(new Date(2026, 2, 30).getTime()))).toBe('2026-03-29');
});

it('a week and a month from now begin at midnight, and a short month has its last day', () => {
  expect(daysFrom(new Date(2026, 11, 28, 15).getTime(), 7)).toBe(new Date(2027, 0, 4).getTime());
  expect(nextMonth(new Date(2027, 0, 31, 15).getTime())).toBe(new Date(2027, 1, 28).getTime());
});
