import type { AreaNode } from '@worker/contract';

/** The areas that lie around `area`, and itself; a tree with a hole or a circle in it ends where it breaks. */
export function ancestors(areas: readonly AreaNode[], area: string | null): ReadonlySet<string> {
  const found = new Set<string>();
  for (let at = area; at !== null && !found.has(at);) {
    found.add(at);
    const here: string = at;
    at = areas.find(({ id }) => id === here)?.parent ?? null;
  }
  return found;
}
