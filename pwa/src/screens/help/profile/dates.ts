import { language } from '@pwa/i18n/words.svelte';

const two = (number: number) => String(number).padStart(2, '0');

/** The day of a moment, as a field for dates has it: by the phone's own calendar. */
export function fieldOf(at: number | null): string {
  if (at === null) return '';
  const day = new Date(at);
  return `${String(day.getFullYear()).padStart(4, '0')}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** When the day of such a field begins, some days later; null for an empty or a half-typed one. */
export function beginOf(field: string, later = 0): number | null {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(field) ?? [];
  if (!year || !month || !day) return null;
  const begin = new Date(Number(year), Number(month) - 1, Number(day) + later).getTime();
  return Number.isNaN(begin) ? null : begin;
}

/** When the day begins that is so many days from now. */
export function daysFrom(now: number, days: number): number {
  const today = new Date(now);
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() + days).getTime();
}

/** The same day of next month; its last day where there is no such day. */
export function nextMonth(now: number): number {
  const today = new Date(now);
  const last = new Date(today.getFullYear(), today.getMonth() + 2, 0).getDate();
  return new Date(today.getFullYear(), today.getMonth() + 1, Math.min(today.getDate(), last)).getTime();
}

/** The last day before a moment at which a day begins. */
export const lastDay = (at: number): number => daysFrom(at, -1);

export function dateWord(at: number): string {
  return new Date(at).toLocaleDateString(language.forms, { weekday: 'long', day: 'numeric', month: 'long' });
}
