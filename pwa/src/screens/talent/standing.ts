import type { RequestCard } from '@worker/contract';
import type { Drawing } from '@pwa/drawings';
import type { Key } from '@pwa/i18n/locales';

/** How far a talent has come on its way to being a member, as icon and word. */
export function standing(talent: Pick<RequestCard, 'safety' | 'invited' | 'joined' | 'stage'>): {
  drawing: Drawing;
  word: Key;
} {
  if (talent.safety === 'refused') return { drawing: 'alert', word: 'safety.refused' };
  if (talent.stage === 'withdrawn') return { drawing: 'stage.withdrawn', word: 'talent.is.withdrawn' };
  if (talent.joined) return { drawing: 'check', word: 'talent.is.joined' };
  if (talent.safety === 'here') return { drawing: 'wait', word: 'safety.here_short' };
  if (talent.invited) return { drawing: 'how.letter', word: 'talent.is.invited' };
  return { drawing: 'stage.open', word: 'talent.is.found' };
}
