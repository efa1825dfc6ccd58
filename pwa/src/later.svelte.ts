import type { Component } from 'svelte';

/**
 * Screens that come in a bundle of their own, so that a phone at the door does not wait for what only a desk needs.
 *
 * The service worker has them beside the rest, so they come without a network too. Where there is no service worker
 * and no network either, or the relay was renewed meanwhile, they may not come: then the screen says so.
 */
export class Later {
  #screen = $state.raw<Component | null>(null);
  #failed = $state(false);
  #asked = false;

  constructor(private readonly load: () => Promise<Component>) {}

  get screen(): Component | null {
    return this.#screen;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** Asks for the bundle; harmless to repeat. A browser may remember that it failed, so the page asks only once. */
  come(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.load().then(
      (screen) => (this.#screen = screen),
      () => (this.#failed = true),
    );
  }
}

export const desk = new Later(async () => (await import('./screens/desk/desk')).open());
export const own = new Later(async () => (await import('./screens/own/own')).open());
