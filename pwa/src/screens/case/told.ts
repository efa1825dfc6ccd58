import type { HistoryLine } from '@worker/contract';
import { t, tOr } from '@pwa/i18n/words.svelte';

/** What somebody looks at the history with: their own identifier, and the request's. */
export interface Reader {
  me: string | undefined;
  request: string;
}

/** One thing that happened to a request, as a sentence. What this app does not know yet is a change. */
export function lineWord(line: HistoryLine, { me, request }: Reader): string {
  const who = line.mine ? t('told.you') : (line.name ?? t('told.somebody'));
  const whom = line.who !== null && line.who === me ? t('told.you_whom') : (line.who_name ?? t('told.neighbour'));
  // It was taken apart from the others again.
  const kind = line.kind === 'linked' && line.into === request ? 'unlinked' : line.kind;
  return tOr(`told.${kind}`, 'told.unknown', {
    who,
    whom,
    to: tOr(`told.${line.kind}.${line.to ?? ''}`, 'told.other_way'),
    why: tOr(`told.${line.kind}.${line.why ?? ''}`, 'told.no_reason'),
    count: line.n ?? 0,
  });
}
