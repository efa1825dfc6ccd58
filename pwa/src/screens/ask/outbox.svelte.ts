import { keyOf } from '@worker/trouble';
import { read, send, type Form, type Sealed } from './relay';

/** How long until it is tried again, in milliseconds. */
const AGAIN_MS = 10_000;

/** What will not do better the next time. */
const FOR_GOOD = new Set(['form-closed', 'form-full', 'request-invalid', 'request-too-large', 'consent-missing']);

/** Sealed, on its way, and in this memory alone. `again` seals it anew when the relay has another key by now. */
interface Letter {
  body: Sealed;
  again: ((key: Form['record_key']) => Promise<Sealed>) | null;
}

export type Sent = 'sent' | 'waits' | 'form-closed' | 'form-full' | 'failed';

/**
 * What could not be sent yet, for want of reception or because many ask at once. On a screen at the Startpunt others
 * ask meanwhile: then all that is held is sealed, and cannot be opened here.
 */
export class Outbox {
  readonly #code: string;
  #letters = $state.raw<readonly Letter[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #trying = false;
  /** What became of the last one that had waited. */
  #last = $state<Sent | null>(null);
  #lost = $state(0);

  constructor(code: string) {
    this.#code = code;
  }

  get waiting(): number {
    return this.#letters.length;
  }

  get last(): Sent | null {
    return this.#last;
  }

  /** How many waited, and were not taken after all. */
  get lost(): number {
    return this.#lost;
  }

  /** Sends it, or keeps it to be sent. */
  async post(letter: Letter): Promise<Sent> {
    const told = await this.#deliver(letter);
    if (told !== 'waits') return told;
    this.#letters = [...this.#letters, letter];
    this.#later();
    return 'waits';
  }

  /** Whoever sat before this screen is gone: what waits can only be sent as it is. */
  forget(): void {
    for (const letter of this.#letters) letter.again = null;
  }

  async tryNow(): Promise<void> {
    if (this.#trying) return;
    this.#trying = true;
    clearTimeout(this.#timer);
    try {
      for (const letter of this.#letters) {
        const told = await this.#deliver(letter);
        if (told === 'waits') break;
        this.#last = told;
        if (told !== 'sent') this.#lost += 1;
        this.#letters = this.#letters.filter((each) => each !== letter);
      }
    } finally {
      this.#trying = false;
      this.#later();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#letters = [];
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (this.#letters.length > 0) this.#timer = setTimeout(() => void this.tryNow(), AGAIN_MS);
  }

  async #deliver(letter: Letter): Promise<Sent> {
    try {
      await send(this.#code, letter.body);
      return 'sent';
    } catch (thrown) {
      const key = keyOf(thrown);
      if (key === 'form-closed' || key === 'form-full') return key;
      if (FOR_GOOD.has(key)) return 'failed';
      if (key === 'record-key-unknown') return this.#anew(letter);
      return 'waits';
    }
  }

  async #anew(letter: Letter): Promise<Sent> {
    if (!letter.again) return 'failed';
    try {
      letter.body = await letter.again((await read(this.#code)).record_key);
      await send(this.#code, letter.body);
      return 'sent';
    } catch (thrown) {
      return keyOf(thrown) === 'no-network' ? 'waits' : 'failed';
    }
  }
}
