import type { RequestCard } from '@worker/contract';
import { language, t, tOr } from '@pwa/i18n/words.svelte';
import { page } from '@pwa/readable';
import { askWord } from '@pwa/wording';

/** What is held about a case as a page that anybody can read and print. */
export function exported(held: unknown, request: Pick<RequestCard, 'ask' | 'street'>): string {
  return page(held, {
    title: `${t('held.title')}: ${askWord(request.ask)}, ${request.street}`,
    language: language.current,
    dir: language.dir,
    keyWord: (key) => tOr(`held.key.${key}`, 'held.itself', { text: key.replaceAll('_', ' ') }),
    valueWord,
    none: t('held.nothing'),
  });
}

function valueWord(key: string, value: string | number | boolean): string {
  if (typeof value === 'boolean') return t(value ? 'consent.yes' : 'consent.no');
  if (typeof value === 'string') return tOr(`held.value.${value}`, 'held.itself', { text: value });
  const isMoment = key === 'at' || key.endsWith('_at');
  if (!isMoment) return value.toLocaleString(language.forms);
  return new Date(value).toLocaleString(language.forms, { dateStyle: 'long', timeStyle: 'short' });
}
