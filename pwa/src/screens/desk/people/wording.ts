import { tOr } from '@pwa/i18n/words.svelte';

/** The keys of the book of what was done, as a neighbour says it. */
const bare = (key: string) => key.replace(/[-.]/g, '_');

export const didWord = (deed: string) => tOr(`did.${bare(deed)}`, 'did.unknown');

/** Why work was not taken, to somebody else than its author. */
export const whyWord = (reason: string) => tOr(`refused_why.${reason.replace(/^reason\./, '')}`, 'refused_why.unknown');

/** How it was done: a role, a reason, or a word of its own. */
export function detailWord(detail: string): string {
  for (const family of ['did_how', 'role', 'reason'] as const) {
    const word = tOr(`${family}.${family === 'did_how' ? bare(detail) : detail}`, 'did_how.unknown');
    if (word !== tOr('', 'did_how.unknown')) return word;
  }
  return tOr('', 'did_how.unknown');
}
