import type { CandidateView } from '@worker/contract';
import { t } from '@pwa/i18n/words.svelte';

/** How much somebody does already (S1: mind the load on those who help). */
export function busyWord({ busy, lately }: Pick<CandidateView, 'busy' | 'lately'>): string {
  if (busy === 0 && lately === 0) return t('panel.busy_none');
  const now = busy === 0 ? t('panel.busy_now_none') : t('panel.busy_now', { count: busy });
  return lately === 0 ? now : t('panel.busy_both', { now, lately: t('panel.busy_lately', { count: lately }) });
}
