import { ask, forgotten, live, problemKey } from './core.svelte';

/** What was last answered, so that coming back to a screen shows it at once. Only in memory. */
const lastKnown = new Map<string, unknown>();
forgotten(() => lastKnown.clear());

/** Something the relay holds and the phone does not: read when a screen opens, and again when there is reception. */
export class Asked<T> {
  value = $state.raw<T>();
  /** The key of what went wrong with the last try. */
  problem = $state<string | null>(null);
  busy = $state(false);
  #path: string | undefined;

  constructor(path: () => `/api/${string}`) {
    $effect.pre(() => {
      const next = path();
      if (next !== this.#path) {
        this.value = lastKnown.get(next) as T | undefined;
        this.#path = next;
        void this.again();
      }
    });
    $effect(() => {
      if (live.status.link === 'online' && this.problem === 'no-network') void this.again();
    });
  }

  async again(): Promise<void> {
    const path = this.#path as `/api/${string}` | undefined;
    if (path === undefined) return;
    this.busy = true;
    try {
      const value = await ask<T>({ method: 'GET', path });
      lastKnown.set(path, value);
      if (path !== this.#path) return;
      this.value = value;
      this.problem = null;
    } catch (thrown) {
      if (path === this.#path) this.problem = problemKey(thrown);
    } finally {
      this.busy = false;
    }
  }
}
