import type { Notice } from '@worker/contract';
import { to } from '@pwa/address';
import type { Drawing } from '@pwa/drawings';
import { t, tOr } from '@pwa/i18n/words.svelte';
import { language } from '@pwa/i18n/words.svelte';
import { agoWord } from '@pwa/wording';

/** The same words as in a push. A kind this app does not know yet says that there is news. */
export const titleWord = ({ kind }: Notice) => tOr(`push.${kind}.title`, 'push.several.title');

export function bodyWord({ kind, word }: Notice): string {
  const theme = tOr(`push.theme.${word ?? 'other'}`, 'push.theme.other');
  return tOr(`push.${kind}.body`, 'notice.unknown', { theme });
}

const DRAWINGS: Partial<Record<string, Drawing>> = {
  task: 'help',
  asked: 'users',
  confirmed: 'check',
  lost: 'undo',
  matched: 'help',
  stale: 'wait',
  bottleneck: 'alert',
  feedback_due: 'tell',
  note: 'theme.paperwork',
  brought: 'users',
  intake: 'tell',
  joined: 'users',
};

export const drawingOfKind = (kind: string): Drawing => DRAWINGS[kind] ?? 'more';

/** The screen a notice is about; null where there is none. */
export function leadsOf({ kind, request }: Notice): string | null {
  if (request !== null) return to('request', request);
  if (kind === 'intake') return to('intake');
  return kind === 'joined' ? to('people') : null;
}

const MINUTE = 60_000;

/** "3 minuten geleden", "2 uur geleden"; from yesterday on by days. */
export function sinceWord(at: number, now: number): string {
  const minutes = Math.floor((now - at) / MINUTE);
  if (minutes < 1) return t('notice.just_now');
  const words = new Intl.RelativeTimeFormat(language.forms, { numeric: 'always' });
  if (minutes < 60) return words.format(-minutes, 'minute');
  return minutes < 12 * 60 ? words.format(-Math.floor(minutes / 60), 'hour') : agoWord(at, now);
}
