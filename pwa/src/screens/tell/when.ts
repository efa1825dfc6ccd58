/** When somebody was told: what can be chosen, and which moment that is. */
export const DAYS = ['today', 'yesterday', 'earlier'] as const;
export type Day = (typeof DAYS)[number];

/** Noon: the day is known, the hour is not, and noon is the same day everywhere near. */
const NOON = 12;

/** The moment to write down; null is now. Undefined while a day is still to be chosen, or lies in the future. */
export function toldOn(day: Day, date: string, now: number): number | null | undefined {
  if (day === 'today') return null;
  const chosen = day === 'yesterday' ? dayBefore(now) : noonOf(date);
  if (chosen === undefined || Number.isNaN(chosen)) return undefined;
  if (isSameDay(chosen, now)) return null;
  return chosen < now ? chosen : undefined;
}

/** A day as a field for dates writes it. */
export function dateOf(at: number): string {
  const day = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function dayBefore(now: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - 1, NOON).getTime();
}

function noonOf(date: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  if (year === undefined) return undefined;
  return new Date(Number(year), Number(month) - 1, Number(day), NOON).getTime();
}

function isSameDay(one: number, other: number): boolean {
  return dateOf(one) === dateOf(other);
}
