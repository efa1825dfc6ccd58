import type { HistoryLine, RequestCard } from '@worker/contract';
import type { Deed } from '@pwa/core.svelte';

/** What each screen of this bundle needs to be told. */
export type Given =
  /** Steps of writing down a request. */
  | { part: 'who' | 'consent-asked' | 'more'; done: () => void }
  | { part: About; request: RequestCard }
  /** Parts of the screen of a request. */
  | { part: 'notes' | 'linked' | 'stuck' | 'speaks'; request: RequestCard }
  /** Who has a talent, and what they agree to. */
  | { part: 'talent-who'; done: () => void; deed: Deed }
  | { part: 'history'; request: RequestCard; lines: readonly HistoryLine[] }
  | { part: 'erased'; area: string }
  | { part: 'danger-street' };

/** The screens about one request; each is the end of an address. */
export const ABOUT = ['card', 'consent', 'danger', 'erase'] as const;
export type About = (typeof ABOUT)[number];
