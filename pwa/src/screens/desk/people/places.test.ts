import { describe, expect, it } from 'vitest';
import type { Place } from '../../../people/answers';
import { below } from './places';

const place = (id: string, parent: string | null): Place => ({ id, name: id.toUpperCase(), kind: 'quarter', parent });
const TOWN = [place('town', null), place('zuid', 'town'), place('noord', 'town'), place('lek', 'zuid')];

describe('the places somebody works in', () => {
  it('are listed each before what lies in it, by name', () => {
    expect(below(TOWN, ['town']).map(({ id, depth }) => [id, depth])).toEqual([
      ['town', 0],
      ['noord', 1],
      ['zuid', 1],
      ['lek', 2],
    ]);
  });

  it('are listed once, also when a role is held above and below', () => {
    expect(below(TOWN, ['lek', 'zuid']).map(({ id }) => id)).toEqual(['zuid', 'lek']);
  });

  it('are found in a tree that bites its own tail', () => {
    const circle = [place('a', 'b'), place('b', 'a')];
    expect(below(circle, ['a']).map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
