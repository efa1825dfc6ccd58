import type { RequestCard, Role } from '@worker/contract';
import { language, t, tOr } from './i18n/words.svelte';

/** Turns the core's keys into a neighbour's words. A key this app does not know yet becomes a general word. */
export const themeWord = (theme: string) => tOr(`theme.${theme}`, 'theme.other');
export const askWord = (ask: string) => tOr(`ask.${ask}`, 'ask.something_else');
export const stageWord = (stage: string) => tOr(`stage.${stage}`, 'stage.unknown');
export const roleWord = (role: Role) => tOr(`role.${role}`, 'role.unknown');
export const repeatWord = (repeat: string) => tOr(`repeat.${repeat}`, 'repeat.sometimes');
export const neededWord = (urgency: string) => tOr(`needed.${urgency}`, 'urgency.unknown');
export const urgencyWord = (urgency: string) => tOr(`urgency.${urgency}`, 'urgency.unknown');

/** The core names its keys with or without their family; both find the same words. */
export function reasonWord(refusal: string | null): string {
  return tOr(`reason.${(refusal ?? '').replace(/^reason\./, '')}`, 'reason.unknown');
}

export function problemWord(problem: string): string {
  const bare = problem.replace(/^(problem|reason)\./, '');
  const reason = tOr(`reason.${bare}`, 'problem.unknown');
  return tOr(`problem.${bare}`, 'problem.unknown') === t('problem.unknown')
    ? reason
    : tOr(`problem.${bare}`, 'problem.unknown');
}

export function whenWord({ day, part }: Pick<RequestCard, 'day' | 'part'>): string {
  const dayName = day && tOr(`day.${day}`, 'day.any');
  const partName = part && tOr(`when.${part}`, 'part.any');
  if (dayName && partName) return t('when.day_part', { day: dayName, part: partName });
  if (partName) return t('when.part', { part: partName });
  return dayName ?? t('when.any');
}

export function storyWord({ stage, claims }: Pick<RequestCard, 'stage' | 'claims'>): string {
  const helper = claims.find((claim) => claim.standing === 'matched')?.name;
  if (stage === 'matched' && helper) return t('story.matched_by', { name: helper });
  return tOr(`story.${stage}`, 'story.unknown');
}

const DAY = 24 * 3_600_000;

export const askedWord = (at: number) => t('request.asked', { ago: agoWord(at) });

/** "vandaag", "gisteren", "3 dagen geleden": by calendar days, since that is how neighbours count. */
export function agoWord(at: number, now: number = Date.now()): string {
  const words = new Intl.RelativeTimeFormat(language.forms, { numeric: 'auto' });
  const days = Math.round((midnight(now) - midnight(at)) / DAY);
  if (days < 14) return words.format(-Math.max(days, 0), 'day');
  if (days < 60) return words.format(-Math.round(days / 7), 'week');
  return words.format(-Math.round(days / 30), 'month');
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
