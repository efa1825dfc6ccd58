import type { Said } from '@worker/contract';
import { t, tOr } from '@pwa/i18n/words.svelte';

export const languageWord = (language: string) => tOr(`language.${language}`, 'language.unknown');

/**
 * A reason or an obstacle about somebody who could help, as a short sentence without a full stop. A key this app does
 * not know yet is a general one. What a helper reads of themselves is made of whole sentences (`screens/help/said.ts`).
 */
export function saidWord(said: Said): string {
  return tOr(`fit.they.${said.key}`, 'fit.they.other', {
    word: aboutWord(said),
    when: timeWord(said),
    where: placeWord(said),
  });
}

function aboutWord({ key, word }: Said): string {
  if (word === null) return '';
  if (key === 'speaks' || key === 'other_languages') return languageWord(word);
  if (key === 'prefers' || key === 'rather_not') return tOr(`fit.prefers.${word}`, 'fit.theme.other');
  return tOr(`fit.theme.${word}`, 'fit.theme.other');
}

const placeWord = ({ word }: Said): string => tOr(`fit.where.${word ?? ''}`, 'fit.where.far');

function timeWord({ word, more }: Said): string {
  const day = word === null ? '' : tOr(`fit.day.${word}`, 'fit.when.any');
  const part = more === null ? '' : tOr(`when.${more}`, 'part.any');
  if (day && part) return t('fit.when.day_part', { day, part });
  if (day) return t('fit.when.day', { day });
  return part ? t('fit.when.part', { part }) : t('fit.when.any');
}
