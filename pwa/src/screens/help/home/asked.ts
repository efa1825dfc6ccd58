import type { HistoryLine } from '@worker/contract';
import { live } from '@pwa/core.svelte';
import { t } from '@pwa/i18n/words.svelte';

/** "Joke vraagt of jij kunt helpen": by name where the board has one. */
export function askedByWord(history: readonly Pick<HistoryLine, 'kind' | 'who' | 'name'>[]): string {
  const me = live.status.me?.member;
  const name = history.findLast(({ kind, who }) => kind === 'asked' && who === me)?.name;
  return name ? t('help.asked_by', { name }) : t('help.asked_by_desk');
}
