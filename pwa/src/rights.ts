import type { Role } from '@worker/contract';

/**
 * What a role sees and gives, to show and to hide by. The relay decides by `core/src/access.rs`, the one table that
 * counts; what stands here too much is refused there, what stands here too little is only not shown.
 */
interface Held {
  area: string;
  role: Role;
}

const SEES = {
  members: ['coordinator', 'file_manager', 'steward'],
  audit: ['coordinator', 'steward'],
  refused: ['coordinator'],
  erasures: ['coordinator', 'steward'],
  ladder: ['coordinator', 'steward'],
  govern: ['steward'],
} satisfies Record<string, Role[]>;

export type Sight = keyof typeof SEES;

const ROLES: readonly Role[] = [
  'ambassador',
  'volunteer',
  'organisation_contact',
  'neighbourhood_team',
  'coordinator',
  'file_manager',
  'process_manager',
  'steward',
];

const GIVES: Partial<Record<Role, readonly Role[]>> = {
  steward: ROLES,
  coordinator: ['ambassador', 'volunteer', 'organisation_contact', 'neighbourhood_team'],
  file_manager: ['volunteer'],
};

export const rolesWith = (sight: Sight): readonly Role[] => SEES[sight];

export function sees(held: readonly Held[], sight: Sight): boolean {
  return held.some(({ role }) => rolesWith(sight).includes(role));
}

/** The places around `area`, it first; a broken tree ends where it breaks. */
export function around(areas: readonly { id: string; parent: string | null }[], area: string): string[] {
  const found: string[] = [];
  for (let at: string | null | undefined = area; at && !found.includes(at);) {
    const here: string = at;
    found.push(here);
    at = areas.find(({ id }) => id === here)?.parent;
  }
  return found;
}

/** Which roles somebody may give in `area`, in the order in which they are offered. */
export function gives(
  held: readonly Held[],
  areas: readonly { id: string; parent: string | null }[],
  area: string,
): Role[] {
  const places = around(areas, area);
  const given = held.filter((one) => places.includes(one.area)).flatMap(({ role }) => GIVES[role] ?? []);
  return ROLES.filter((role) => given.includes(role));
}
