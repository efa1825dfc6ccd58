import { expect, it } from 'vitest';
import { standing } from './standing';

const found = { safety: 'sent', invited: false, joined: false, stage: 'open' } as const;
const word = (part: Partial<Parameters<typeof standing>[0]>) => standing({ ...found, ...part }).word;

it('comes from found over invited to member', () => {
  expect([word({}), word({ invited: true }), word({ invited: true, joined: true })]).toEqual([
    'talent.is.found',
    'talent.is.invited',
    'talent.is.joined',
  ]);
});

it('says first what is not safe, and what is over', () => {
  expect(word({ safety: 'here', invited: true })).toBe('safety.here_short');
  expect(word({ safety: 'refused', joined: true })).toBe('safety.refused');
  expect(word({ stage: 'withdrawn', invited: true })).toBe('talent.is.withdrawn');
});
