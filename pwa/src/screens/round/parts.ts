import type { RequestCard } from '@worker/contract';
import type { Care } from '../request/questions';

/** What each screen of this bundle needs to be told. */
export type Given =
  | { part: 'log' | 'talent' | 'history' }
  | { part: 'unfinished'; area: string }
  | { part: Care; request: RequestCard; answer: () => void };
