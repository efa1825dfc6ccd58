import type { Said } from '@worker/contract';
import { language, t, tOr } from '@pwa/i18n/words.svelte';
import { languageWord } from '@pwa/parts/fit/said';

/** More reasons than these nobody reads. */
const MOST = 3;

/**
 * Why something is proposed, as one sentence: "Je doet graag boodschappen, je kunt op dinsdagmiddag en het is in jouw
 * buurt." Null where nothing speaks for it but that somebody asks, which is said elsewhere.
 */
export function whyWord(reasons: readonly Said[]): string | null {
  const clauses = reasons.map(reasonClause).filter((clause) => clause !== null);
  if (clauses.length === 0) return null;
  const list = new Intl.ListFormat(language.forms, { type: 'conjunction' });
  const [first = '', ...rest] = list.format(clauses.slice(0, MOST));
  return `${first.toLocaleUpperCase(language.forms)}${rest.join('')}.`;
}

/** What is in the way of proposing it, a sentence each; never a reproach. */
export function obstacleWords(obstacles: readonly Said[]): string[] {
  return obstacles.map(obstacleWord).filter((word) => word !== null);
}

/** How far away it is, as far as the core said it. */
export function nearWord({ reasons, obstacles }: { reasons: readonly Said[]; obstacles: readonly Said[] }) {
  const said = [...reasons, ...obstacles].find(({ key }) => key === 'near' || key === 'too_far');
  return said?.word ? tOr(`task.near.${said.word}`, 'task.near.far') : null;
}

/** The preferences that a request can meet. */
const PREFERS = ['once', 'weekly', 'outdoors', 'by_phone'] as const;

function reasonClause({ key, word, more }: Said): string | null {
  switch (key) {
    case 'likes':
      return tOr(`why.likes.${word ?? 'other'}`, 'why.likes.other');
    case 'has_time':
      return timeWord('why.has_time', word, more);
    case 'near':
      return tOr(`why.near.${word ?? ''}`, 'why.near.quarter');
    case 'speaks':
      return t('why.speaks', { language: languageWord(word ?? '') });
    case 'prefers': {
      const known = PREFERS.find((preference) => preference === word);
      return known ? t(`why.prefers.${known}`) : null;
    }
    default:
      // `asked` is said with a name, and what a newer core says has no words here.
      return null;
  }
}

function obstacleWord({ key, word, more }: Said): string | null {
  switch (key) {
    case 'away':
    case 'enough':
    case 'other_talents':
    case 'too_far':
      return t(`why.${key}`);
    case 'no_time':
      return timeWord('why.no_time', word, more);
    case 'other_languages':
      return t('why.other_languages', { language: languageWord(word ?? '') });
    case 'rather_not':
      return tOr(`why.rather_not.${word ?? ''}`, 'why.rather_not.other');
    default:
      return null;
  }
}

function timeWord(family: 'why.has_time' | 'why.no_time', day: string | null, part: string | null): string {
  const words = {
    ...(day && { day: tOr(`why.day.${day}`, 'day.any') }),
    ...(part && { part: tOr(`why.part.${part}`, 'part.any') }),
  };
  if (day && part) return t(`${family}.day_part`, words);
  if (day) return t(`${family}.day`, words);
  return part ? t(`${family}.part`, words) : t(`${family}.any`);
}
