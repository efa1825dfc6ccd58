import type { HistoryLine, RequestCard } from '@worker/contract';
import { live } from '@pwa/core.svelte';
import type { Drawing } from '@pwa/drawings';
import { t, tOr } from '@pwa/i18n/words.svelte';
import { stageWord, storyWord } from '@pwa/wording';

export type Happened = Pick<HistoryLine, 'kind' | 'who' | 'at'>;

interface Told {
  drawing: Drawing;
  title: string;
  text: string;
  /** `good`: it is certain. `attention`: something waits. */
  tone: 'good' | 'attention' | 'calm';
}

/** Where somebody's own offer stands, in words; null where there is nothing to say of it. */
export function standingOf(request: RequestCard, history: readonly Happened[]): Told | null {
  const { my_claim: standing, stage, helping, passed } = request;
  const works = standing === 'matched' || helping;
  if (works && (stage === 'done' || stage === 'fed_back' || stage === 'closed')) {
    return { drawing: 'check', title: t('done.thanks_title'), text: t('done.thanks_text'), tone: 'good' };
  }
  if (standing !== null && !['open', 'offered', 'matched', 'merged'].includes(stage)) {
    return {
      drawing: 'check',
      title: stageWord(stage),
      text: stage === 'done' || stage === 'fed_back' ? t('task.over') : storyWord(request),
      tone: 'calm',
    };
  }
  if (works) return working(request);
  if (standing === 'waiting') {
    const text = t(request.safety === 'here' ? 'task.waiting_here' : 'task.waiting_sent');
    return { drawing: 'wait', title: t('task.waiting_title'), text, tone: 'attention' };
  }
  if (standing === 'reserve') {
    return { drawing: 'users', title: t('task.reserve_title'), text: t('task.reserve_text'), tone: 'calm' };
  }
  if (passed) {
    const text = tOr(`task.passed_text.${passed}`, 'task.passed_text.not_now');
    return { drawing: 'check', title: t('task.passed_title'), text, tone: 'calm' };
  }
  return ended(request, history);
}

function working({ trouble, started_at, my_claim }: RequestCard): Told {
  if (trouble) {
    const what = tOr(`trouble.why.${trouble}`, 'task.trouble');
    return {
      drawing: 'alert',
      title: t('task.trouble_title'),
      text: t('task.trouble_text', { what }),
      tone: 'attention',
    };
  }
  const key = my_claim === null ? 'taken_up' : started_at === null ? 'matched' : 'started';
  return { drawing: 'help', title: t(`task.${key}_title`), text: t(`task.${key}_text`), tone: 'good' };
}

/** An offer that ended without a word of the helper needs one of ours. */
function ended({ can }: RequestCard, history: readonly Happened[]): Told | null {
  const me = live.status.me?.member;
  const last = history.findLast(({ kind, who }) => who === me && (kind === 'expired' || kind === 'let_go'));
  if (!can.claim || !last) return null;
  const key = last.kind === 'expired' ? 'expired' : 'let_go';
  return { drawing: 'wait', title: t(`task.${key}_title`), text: t(`task.${key}_text`), tone: 'calm' };
}
