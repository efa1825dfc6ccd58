import { t } from '@pwa/i18n/words.svelte';
import { asSaid, type Rule } from './rules';

/** A rule of the ladder as one would tell it, step by step. */
export function sentences(rule: Rule): string[] {
  const long = (hours: number) => {
    const { unit, count } = asSaid(Number.isFinite(hours) ? hours : 0);
    return t(`ladder.so_many_${unit}`, { count });
  };
  const step = (hours: number, at_once: 'ladder.street_now' | 'ladder.neighbourhood_now' | 'ladder.further_now') => {
    const later = {
      'ladder.street_now': 'ladder.street',
      'ladder.neighbourhood_now': 'ladder.neighbourhood',
      'ladder.further_now': 'ladder.further',
    } as const;
    return hours > 0 ? t(later[at_once], { long: long(hours) }) : t(at_once);
  };
  return [
    step(rule.own_network_hours, 'ladder.street_now'),
    step(rule.street_hours, 'ladder.neighbourhood_now'),
    step(rule.neighbourhood_hours, 'ladder.further_now'),
    t('ladder.start', { long: long(rule.start_hours) }),
    t('ladder.answer', { long: long(rule.answer_hours) }),
  ];
}
