import type { Component } from 'svelte';
import type { Given } from './screens/case/parts';
import type { Helping } from './screens/help/parts';
import type { Ringing } from './screens/ring/parts';
import type { Given as OnARound } from './screens/round/parts';

/**
 * Screens that come in a bundle of their own, so that a phone at the door does not wait for what only a desk needs.
 *
 * The service worker has them beside the rest, so they come without a network too. Where there is no service worker
 * and no network either, or the relay was renewed meanwhile, they may not come: then the screen says so.
 */
export class Later<What extends object = object> {
  #screen = $state.raw<Component<What> | null>(null);
  #failed = $state(false);
  #asked = false;

  constructor(private readonly load: () => Promise<Component<What>>) {}

  get screen(): Component<What> | null {
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
export const ring = new Later<Ringing>(async () => (await import('./screens/ring/ring')).open());
export const own = new Later(async () => (await import('./screens/own/own')).open());
export const casework = new Later<Given>(async () => (await import('./screens/case/case')).open());
export const help = new Later<Helping>(async () => (await import('./screens/help/help')).open());
export const round = new Later<OnARound>(async () => (await import('./screens/round/round')).open());
