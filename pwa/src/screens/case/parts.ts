import type { HistoryLine, RequestCard } from '@worker/contract';

/** What each screen of this bundle needs to be told. */
export type Given =
  /** Steps of writing down a request. */
  | { part: 'who' | 'consent-asked'; done: () => void }
  | { part: About; request: RequestCard }
  /** Parts of the screen of a request. */
  | { part: 'notes'; request: RequestCard }
  | { part: 'history'; request: RequestCard; lines: readonly HistoryLine[] }
  | { part: 'erased'; area: string }
  | { part: 'danger-street' };

/** The screens about one request; each is the end of an address. */
export const ABOUT = ['card', 'consent', 'danger', 'erase'] as const;
export type About = (typeof ABOUT)[number];
