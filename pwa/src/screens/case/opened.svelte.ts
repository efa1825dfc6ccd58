import { onDestroy } from 'svelte';
import type { CardText, Danger, OpenedCard } from '@worker/contract';
import { cases, Deed } from '@pwa/core.svelte';

/** An opened card, for as long as the screen that shows it: what it says goes with the screen. */
export class Opened {
  current = $state.raw<OpenedCard | null>(null);
  readonly deed = new Deed();

  constructor() {
    const forget = () => (this.current = null);
    // A page that the browser keeps for "back" would keep the card with it.
    addEventListener('pagehide', forget);
    onDestroy(() => {
      removeEventListener('pagehide', forget);
      forget();
    });
  }

  async open(request: string, danger: Danger | null): Promise<boolean> {
    return this.deed.of(async () => (this.current = await cases.open(request, danger)));
  }

  async change(request: string, card: CardText): Promise<boolean> {
    return this.deed.of(async () => {
      await cases.change(request, card);
      this.current = { card, expires_at: null, offline: false };
    });
  }
}
