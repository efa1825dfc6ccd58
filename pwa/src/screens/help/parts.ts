import type { RequestCard, Views } from '@worker/contract';

/** What each screen of this bundle needs to be told. */
export type Helping =
  | { part: 'home' }
  | { part: 'profile' }
  | { part: 'task'; request: RequestCard; history: Views['request']['history'] }
  | { part: Deed; request: RequestCard };

/** What a helper is asked about one request; each is the end of an address. */
export const DEEDS = ['done', 'hours', 'release', 'trouble', 'hand_back', 'calendar'] as const;
export type Deed = (typeof DEEDS)[number];

/** Whether this person looks at the request as somebody who helps with it, or could. */
export function isHelper({ my_claim, helping, passed, can }: RequestCard): boolean {
  return my_claim !== null || helping || passed !== null || can.claim || can.pass || can.take_up || can.hand_back;
}

/** Whether this person also cares for whoever asked. */
export function cares({ can }: RequestCard): boolean {
  return can.feedback || can.withdraw || can.solve || can.keep_card;
}
