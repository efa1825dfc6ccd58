import { expect, it } from 'vitest';
import type { HistoryLine } from '@worker/contract';
import nl from '@locales/case/nl.json';
import { learn } from '@pwa/i18n/words.svelte';
import { lineWord } from './told';

const words = () => Promise.resolve(nl);
await learn({ nl: words, en: words, ar: words });

const line = (part: Partial<HistoryLine>): HistoryLine => ({
  at: 0,
  kind: 'logged',
  by: 'f',
  name: 'Fatma',
  mine: false,
  to: null,
  why: null,
  who: null,
  who_name: null,
  into: null,
  n: null,
  ...part,
});
const told = (part: Partial<HistoryLine>) => lineWord(line(part), { me: 'a', request: 'r' });

it('tells who did what, also to whoever did it', () => {
  expect(told({})).toBe('Fatma schreef de vraag op.');
  expect(told({ mine: true })).toBe('Jij schreef de vraag op.');
  expect(told({ name: null })).toBe('Iemand schreef de vraag op.');
});

it('says "jou" to whoever it is about, and their name to the others', () => {
  expect(told({ kind: 'asked', who: 'a', who_name: 'Amina' })).toBe('Fatma vroeg jou om te helpen.');
  expect(told({ kind: 'asked', who: 'p', who_name: 'Piet' })).toBe('Fatma vroeg Piet om te helpen.');
  expect(told({ kind: 'asked', who: 'p' })).toBe('Fatma vroeg een buur om te helpen.');
});

it('puts the reason in words, and knows a request that stands by itself again', () => {
  expect(told({ kind: 'stuck', by: null, name: null, why: 'nobody' })).toBe(
    'De vraag vroeg om aandacht: er was nog niemand gevonden.',
  );
  expect(told({ kind: 'route', to: 'formal', why: 'too_heavy' })).toBe(
    'Fatma koos wie er gaat helpen: een organisatie.',
  );
  expect(told({ kind: 'hours', n: 45 })).toBe('Fatma was 45 minuten bezig.');
  expect(told({ kind: 'linked', into: 'other' })).toContain('bij een andere vraag');
  expect(told({ kind: 'linked', into: 'r' })).toContain('haalde de vraag los');
});

it('does not stumble over what a newer phone wrote', () => {
  expect(told({ kind: 'sung_about' })).toBe('Er veranderde iets.');
  expect(told({ kind: 'trouble', why: 'snow' })).toBe('Fatma liet weten: er is geen reden bekend.');
});

it('has words for every kind there is', () => {
  const kinds =
    'logged offered matched done told withdrawn triaged route step stuck asked assigned let_go expired passed started ' +
    'hours trouble solved untold linked merged split taken_up handed_back invited joined';
  for (const kind of kinds.split(' ')) expect(told({ kind }), kind).not.toBe('Er veranderde iets.');
});
