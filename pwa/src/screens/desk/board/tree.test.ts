import { describe, expect, it } from 'vitest';
import type { AreaNode } from '../../../../../wasm-client/worker/contract';
import { ancestors } from './tree';

const area = (id: string, parent: string | null): AreaNode => ({
  id,
  code: id,
  name: id,
  kind: 'street',
  parent,
  active: 0,
});

describe('the areas around a street', () => {
  it('lead up to the town', () => {
    const areas = [area('town', null), area('quarter', 'town'), area('street', 'quarter')];
    expect([...ancestors(areas, 'street')]).toEqual(['street', 'quarter', 'town']);
  });

  it('end where the tree is broken or bites its own tail', () => {
    expect([...ancestors([area('street', 'missing')], 'street')]).toEqual(['street', 'missing']);
    expect([...ancestors([area('a', 'b'), area('b', 'a')], 'a')]).toEqual(['a', 'b']);
  });
});
