import { kruispunt } from '@pwa/core.svelte';
import { recall, remember } from '@pwa/memory';

/** A way of looking at the board that somebody gave a name: an area and keys, nothing about anybody. */
export interface Saved {
  name: string;
  place: string;
  wanted: string;
}

/** More would be a list to search in. */
export const MOST_SAVED = 12;

let list = $state.raw<readonly Saved[]>(read());

// A name is typed by hand; it leaves this phone with whoever typed it.
kruispunt.status(({ phase }) => {
  if (list.length > 0 && (phase === 'signed_out' || phase === 'revoked')) keep([]);
});

export const saved = {
  get all(): readonly Saved[] {
    return list;
  },
  /** One with the same name makes room for it. */
  add(one: Saved): void {
    keep([...list.filter(({ name }) => name !== one.name), one].slice(-MOST_SAVED));
  },
  remove(one: Saved): void {
    keep(list.filter((other) => other !== one));
  },
};

function keep(next: readonly Saved[]): void {
  list = next;
  remember('board', JSON.stringify(next));
}

function read(): Saved[] {
  try {
    const kept: unknown = JSON.parse(recall('board') ?? '[]');
    return Array.isArray(kept) ? kept.filter(isSaved) : [];
  } catch {
    return [];
  }
}

function isSaved(one: unknown): one is Saved {
  const { name, place, wanted } = (one ?? {}) as Partial<Record<keyof Saved, unknown>>;
  return [name, place, wanted].every((part) => typeof part === 'string');
}
