import { language, t } from '@pwa/i18n/words.svelte';

const DAY = 24 * 3_600_000;

/** "zondag 22 november", and with the hour when that matters. */
export function dayWord(at: number): string {
  return new Date(at).toLocaleDateString(language.forms, { weekday: 'long', day: 'numeric', month: 'long' });
}

export function momentWord(at: number): string {
  return new Date(at).toLocaleString(language.forms, {
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** Until when something holds: the hour where it ends soon, else the day. */
export function untilWord(at: number, now: number = Date.now()): string {
  if (at <= now) return t('until.over');
  if (at - now > 2 * DAY) return t('until.day', { day: dayWord(at) });
  return t('until.moment', { moment: momentWord(at) });
}
