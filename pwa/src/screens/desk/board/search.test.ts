import { describe, expect, it } from 'vitest';
import type { AreaNode } from '../../../../../wasm-client/worker/contract';
import nl from '../../../../locales/nl.json';
import ar from '../../../../locales/ar.json';
import { lookUp, type Vocabulary } from './search';

const area = (id: string, name: string, parent: string | null, kind: AreaNode['kind'] = 'street'): AreaNode => ({
  id,
  code: id,
  name,
  kind,
  parent,
  active: 0,
});
const AREAS = [
  area('zuid', 'Zuid', null, 'district'),
  area('vreeswijk', 'Vreeswijk', 'zuid', 'quarter'),
  area('lek', 'Lekstraat', 'vreeswijk'),
  area('kade', 'Korte Handelskade', 'vreeswijk'),
  area('hoog', 'Hoogzandveld', 'zuid', 'quarter'),
  area('krakeel', 'Krakeelstraat', 'hoog'),
];

const speaking = (words: Record<string, unknown>): Vocabulary => ({
  theme: (key) => String(words[`theme.${key}`]),
  ask: (key) => String(words[`ask.${key}`]),
});
const dutch = (typed: string) => lookUp(typed, AREAS, speaking(nl));

describe('what somebody typed', () => {
  it('finds kinds of requests by the beginnings of their words', () => {
    expect(dutch('kof')?.asks).toEqual(['coffee']);
    expect(dutch('boodschappen halen')?.asks).toEqual(['shop_for_me']);
    expect(dutch('boodsch')?.themes).toEqual(['groceries']);
    // In the middle of a word nobody looks.
    expect(dutch('schappen')?.themes).toEqual([]);
  });

  it('finds streets, and every street of an area', () => {
    expect(dutch('lek')?.areas).toEqual(['lek']);
    expect(dutch('handels')?.areas).toEqual(['kade']);
    expect(dutch('VREESWIJK')?.areas).toEqual(['lek', 'kade']);
    expect(dutch('zuid')?.areas).toEqual(['lek', 'kade', 'krakeel']);
  });

  it('hands on the beginning of a first name as it was typed, in small letters', () => {
    expect(dutch(' Ami ')?.name).toBe('ami');
  });

  it('minds neither capitals nor accents', () => {
    expect(dutch('één brief begrijpen')?.asks).toEqual(['letter']);
    expect(dutch('KÓFFIE')?.asks).toEqual(['coffee']);
  });

  it('is looked up in the language of the screen', () => {
    expect(lookUp('القهوة', AREAS, speaking(ar))?.asks).toContain('coffee');
    expect(dutch('coffee')?.asks).toEqual([]);
  });

  it('is nothing when nothing was typed, and finds nothing when nobody knows it', () => {
    expect(dutch('   ')).toBeNull();
    expect(dutch('zzz')).toEqual({ themes: [], asks: [], areas: [], name: 'zzz' });
  });
});
