import type { Place } from '@pwa/people/answers';

export interface Listed {
  id: string;
  name: string;
  depth: number;
}

/** The places at and below `roots`, each before what lies in it, by name; a broken tree loses nothing but its breaks. */
export function below(areas: readonly Place[], roots: readonly string[]): Listed[] {
  const listed: Listed[] = [];
  const seen = new Set<string>();
  const inside = new Map<string | null, Place[]>();
  for (const area of areas) inside.set(area.parent, [...(inside.get(area.parent) ?? []), area]);
  const byName = (one: Place, other: Place) => one.name.localeCompare(other.name);
  const visit = (area: Place, depth: number): void => {
    if (seen.has(area.id)) return;
    seen.add(area.id);
    listed.push({ id: area.id, name: area.name, depth });
    for (const child of [...(inside.get(area.id) ?? [])].sort(byName)) visit(child, depth + 1);
  };
  // A root inside another root is listed there.
  const wanted = areas.filter(({ id }) => roots.includes(id));
  const parents = new Map(areas.map(({ id, parent }) => [id, parent]));
  const within = (area: Place): boolean => {
    const passed = new Set<string>();
    for (let at = area.parent; at && !passed.has(at); at = parents.get(at) ?? null) {
      if (at !== area.id && roots.includes(at)) return true;
      passed.add(at);
    }
    return false;
  };
  for (const root of wanted.filter((area) => !within(area)).sort(byName)) visit(root, 0);
  return listed;
}
