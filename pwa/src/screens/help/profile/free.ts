import type { DayPart, Free, Weekday } from '@worker/contract';

export const DAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const PARTS: readonly DayPart[] = ['morning', 'afternoon', 'evening'];

/** A whole day, a whole part of the day, or one part of one day. */
export interface Chosen {
  day?: Weekday;
  part?: DayPart;
}

const same = (one: Free, other: Free) => one.day === other.day && one.part === other.part;

export function cellsOf({ day, part }: Chosen): Free[] {
  const days = day ? [day] : DAYS;
  const parts = part ? [part] : PARTS;
  return days.flatMap((day) => parts.map((part) => ({ day, part })));
}

export function isFree(free: readonly Free[], chosen: Chosen): boolean {
  return cellsOf(chosen).every((cell) => free.some((one) => same(one, cell)));
}

/** All of it, or none of it where it was chosen already; in the order of the week. */
export function toggled(free: readonly Free[], chosen: Chosen): Free[] {
  const cells = cellsOf(chosen);
  const rest = free.filter((one) => !cells.some((cell) => same(cell, one)));
  const next = isFree(free, chosen) ? rest : [...rest, ...cells];
  return cellsOf({}).filter((cell) => next.some((one) => same(one, cell)));
}
