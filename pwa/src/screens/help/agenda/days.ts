import type { DayPart, Repeat, Weekday } from '@worker/contract';

/** A day as calendars have it. */
export interface Day {
  year: number;
  /** From 1 to 12. */
  month: number;
  day: number;
}

export interface Hours {
  from: number;
  to: number;
}

/** What a part of the day is on a clock. */
export const HOURS: Record<DayPart, Hours> = {
  morning: { from: 9, to: 12 },
  afternoon: { from: 12, to: 17 },
  evening: { from: 18, to: 21 },
};

/** In the order in which calendars count, from Sunday. */
const WEEKDAYS: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export function weekdayOf({ year, month, day }: Day): Weekday {
  return WEEKDAYS[new Date(year, month - 1, day).getDay()] ?? 'mon';
}

/** The next such day, counted from `now`: today where its part is not over yet. */
export function nextDay(now: Date, weekday: Weekday, part: DayPart | null): Day {
  const ahead = (WEEKDAYS.indexOf(weekday) - now.getDay() + 7) % 7;
  const isOver = ahead === 0 && now.getHours() >= (part ? HOURS[part].to : 24);
  return daysFrom(now, isOver ? 7 : ahead);
}

/** The days somebody may mean who agreed on "one of these days". */
export function daysAhead(now: Date, part: DayPart | null, count = 7): Day[] {
  const first = part && now.getHours() >= HOURS[part].to ? 1 : 0;
  return Array.from({ length: count }, (_, ahead) => daysFrom(now, first + ahead));
}

export const momentOf = ({ year, month, day }: Day): Date => new Date(year, month - 1, day);

export interface Appointment {
  /** The request's opaque identifier. */
  request: string;
  day: Day;
  part: DayPart | null;
  repeat: Repeat;
  /** Words for the calendar: what, a sentence, and the way back. Nothing about the resident. */
  title: string;
  text: string;
  link: string;
}

function daysFrom(now: Date, days: number): Day {
  const then = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  return { year: then.getFullYear(), month: then.getMonth() + 1, day: then.getDate() };
}
