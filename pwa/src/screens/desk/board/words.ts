import type { Vocabulary } from './search';
import { t, tOr } from '@pwa/i18n/words.svelte';
import { askWord, themeWord } from '@pwa/wording';

/** The core's keys in the words of a desk. */
export const columnWord = (column: string) => tOr(`board.column.${column}`, 'board.column.unknown');
export const routeWord = (route: string) => tOr(`route.${route}`, 'route.unknown');
export const stepWord = (step: string) => tOr(`step.${step}`, 'step.unknown');
export const attentionWord = (what: string) => tOr(`attention.${what}`, 'attention.unknown');
export const olderWord = (days: number) => t(`older.${days as 1 | 3 | 7 | 14}`);

export const vocabulary: Vocabulary = { theme: themeWord, ask: askWord };
