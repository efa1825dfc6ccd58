import type { RequestCard } from '@worker/contract';

/** The steps that ask once more, of whoever cares for a request, by the end of their address: what each stands on. */
export const CARES = {
  done: 'done',
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
