import { t } from '@pwa/i18n/words.svelte';

/** What people say when they are asked how long something took, in minutes. */
export const DURATIONS = [15, 30, 60, 90, 120, 180] as const;

/** As much as a day: what is longer was no task of one person. */
export const LONGEST = 1440;

/** "een half uur", or the minutes where nobody has a word for them. */
export function durationWord(minutes: number): string {
  const known = DURATIONS.find((duration) => duration === minutes);
  if (!known) return t('task.minutes', { count: minutes });
  const word = t(`hours.${known}`);
  return `${word.slice(0, 1).toLocaleLowerCase()}${word.slice(1)}`;
}

/** What somebody typed, as whole minutes; null where it is no length of time. */
export function minutesOf(typed: string): number | null {
  const minutes = Number(typed.trim().replace(',', '.'));
  if (!Number.isFinite(minutes)) return null;
  const whole = Math.round(minutes);
  return whole >= 1 && whole <= LONGEST ? whole : null;
}
