import { language, tOr } from '@pwa/i18n/words.svelte';

/** What a value of these fields is called. */
const WORDS: Record<string, string> = { role: 'role', talents: 'theme', day: 'day', part: 'part' };

/** Moments whose names do not say so. */
const MOMENTS = ['at', 'from', 'until', 'paused_until'];

/** A field of what is held about somebody. One this app does not know yet is shown by the name it has. */
export function keyWord(key: string): string {
  const word = tOr(`held.${key}`, 'held.unknown');
  return word === tOr('', 'held.unknown') ? key.replaceAll('_', ' ') : word;
}

export function valueWord(key: string, value: string | number | boolean): string {
  if (typeof value === 'boolean') return tOr(value ? 'held.yes' : 'held.no', 'held.unknown');
  if (typeof value === 'number' && (MOMENTS.includes(key) || key.endsWith('_at'))) {
    return new Date(value).toLocaleString(language.forms, { dateStyle: 'long', timeStyle: 'short' });
  }
  const words = WORDS[key];
  if (words) {
    const word = tOr(`${words}.${String(value)}`, 'held.unknown');
    if (word !== tOr('', 'held.unknown')) return word;
  }
  return typeof value === 'number' ? value.toLocaleString(language.forms) : value;
}
