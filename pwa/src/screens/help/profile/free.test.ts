import { expect, it } from 'vitest';
import { DAYS, isFree, PARTS, toggled } from './free';

it('one cell is chosen and let go', () => {
  const once = toggled([], { day: 'tue', part: 'afternoon' });
  expect(once).toEqual([{ day: 'tue', part: 'afternoon' }]);
  expect(toggled(once, { day: 'tue', part: 'afternoon' })).toEqual([]);
});

it('a whole day fills what is missing, and empties what is whole', () => {
  const some = toggled([], { day: 'tue', part: 'afternoon' });
  const whole = toggled(some, { day: 'tue' });
  expect(whole).toEqual(PARTS.map((part) => ({ day: 'tue', part })));
  expect(isFree(whole, { day: 'tue' })).toBe(true);
  expect(toggled(whole, { day: 'tue' })).toEqual([]);
});

it('a whole part goes through the week and leaves the rest alone', () => {
  const free = toggled(toggled([], { day: 'sun', part: 'evening' }), { part: 'morning' });
  expect(free).toHaveLength(DAYS.length + 1);
  expect(free[0]).toEqual({ day: 'mon', part: 'morning' });
  expect(toggled(free, { part: 'morning' })).toEqual([{ day: 'sun', part: 'evening' }]);
});
