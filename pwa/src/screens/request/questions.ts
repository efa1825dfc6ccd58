import type { RequestCard } from '@worker/contract';

/** The steps that ask once more, of whoever does not help themselves; each is a key of `RequestCard.can`. */
export const QUESTIONS = ['done'] as const;
export type Question = (typeof QUESTIONS)[number];

/** The same for whoever cares for a request, by the end of their address: what each stands on. */
export const CARES = {
  feedback: 'feedback',
  untold: 'close_untold',
  solve: 'solve',
  withdraw: 'withdraw',
  link: 'link',
} as const satisfies Record<string, keyof RequestCard['can']>;
export type Care = keyof typeof CARES;

export function careOf(name: string | undefined): Care | undefined {
  return (Object.keys(CARES) as Care[]).find((care) => care === name);
}
