import { describe, expect, it } from 'vitest';
import { around, gives, sees } from './rights';

const AREAS = [
  { id: 'town', parent: null },
  { id: 'zuid', parent: 'town' },
  { id: 'lek', parent: 'zuid' },
  { id: 'noord', parent: 'town' },
];

describe('what is shown to whom', () => {
  it('follows the roles', () => {
    const as = (role: 'coordinator' | 'file_manager' | 'steward' | 'volunteer') => [{ area: 'zuid', role }] as const;
    expect(sees(as('volunteer'), 'members')).toBe(false);
    expect(sees(as('file_manager'), 'members')).toBe(true);
    expect(sees(as('file_manager'), 'audit')).toBe(false);
    expect(sees(as('coordinator'), 'refused')).toBe(true);
    expect(sees(as('steward'), 'refused')).toBe(false);
    expect(sees(as('coordinator'), 'govern')).toBe(false);
    expect(sees(as('steward'), 'govern')).toBe(true);
  });

  it('roles are given in the area of a role and below, not beside it', () => {
    const coordinator = [{ area: 'zuid', role: 'coordinator' }] as const;
    expect(gives(coordinator, AREAS, 'lek')).toContain('ambassador');
    expect(gives(coordinator, AREAS, 'lek')).not.toContain('coordinator');
    expect(gives(coordinator, AREAS, 'noord')).toEqual([]);
    expect(gives([{ area: 'town', role: 'steward' }], AREAS, 'lek')).toContain('steward');
    expect(gives([{ area: 'town', role: 'file_manager' }], AREAS, 'lek')).toEqual(['volunteer']);
  });

  it('a broken tree ends where it breaks', () => {
    expect(around([{ id: 'a', parent: 'b' }], 'a')).toEqual(['a', 'b']);
    expect(around([{ id: 'a', parent: 'a' }], 'a')).toEqual(['a']);
  });
});
