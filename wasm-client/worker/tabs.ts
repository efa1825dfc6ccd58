/**
 * Several tabs, one phone: one tab leads and talks with the relay, all tabs read what any of them stores.
 *
 * The lead is a Web Lock, so it passes on by itself when its tab is closed. A tab that is frozen keeps its lock and
 * does nothing: so who follows asks the leader now and then whether it is there, and takes the lead when it is silent.
 */
import type { Status } from './contract';
import type { Put } from './effect';

type Word =
  /** `kept` is false while it is only in the memory of who says it. */
  | { say: 'stored'; puts: Put[]; deletes: string[]; kept: boolean }
  | { say: 'link'; link: Status['link'] }
  /** Who follows asks the leader for its link. */
  | { say: 'asks' }
  /** A push came, so there is news at the relay. */
  | { say: 'rang' }
  /** This phone got a member, or lost it: every tab starts anew. */
  | { say: 'anew' };

export interface TabEvents {
  stored(puts: Put[], deletes: string[], kept: boolean): void;
  link(link: Status['link']): void;
  asked(): void;
  anew(): void;
  rang(): unknown;
  /** This tab follows no longer, it leads from now on. */
  leads(): void;
  /** This tab was silent for so long that another one took the lead. */
  deposed(): void;
}

const LEAD = 'kruispunt-lead';

/** A leader that does not answer within so many milliseconds is frozen. One that is there answers in a few. */
const SILENCE_MS = 4_000;

export class Tabs {
  private readonly channel = new BroadcastChannel('kruispunt');
  private letGo: (() => void) | undefined;
  private queue: AbortController | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly events: TabEvents) {
    this.channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data.say === 'stored') events.stored(data.puts, data.deletes, data.kept);
      else if (data.say === 'link') this.hears(data.link);
      else if (data.say === 'asks') events.asked();
      else if (data.say === 'rang') events.rang();
      else events.anew();
    };
  }

  get leads(): boolean {
    return this.letGo !== undefined;
  }

  stored(puts: Put[], deletes: string[], kept: boolean): void {
    this.tell({ say: 'stored', puts, deletes, kept });
  }

  link(link: Status['link']): void {
    this.tell({ say: 'link', link });
  }

  /** Asks the leader for its link. With `deposing`, somebody waits here: no answer means that this tab leads. */
  asks(deposing: boolean): void {
    this.tell({ say: 'asks' });
    if (deposing) this.silence ??= setTimeout(() => this.takes({ steal: true }), SILENCE_MS);
  }

  anew(): void {
    this.tell({ say: 'anew' });
  }

  /** Leads when no other tab does, and otherwise as soon as none does. Resolves when it is known which. */
  async stands(): Promise<void> {
    if (this.leads || this.queue) return;
    await this.takes({ ifAvailable: true });
    if (this.leads) return;
    this.queue = new AbortController();
    void this.takes({ signal: this.queue.signal });
  }

  /** Leaves the lead, or the line for it, to the others. */
  steps(): void {
    this.calms();
    this.queue?.abort();
    this.queue = undefined;
    this.letGo?.();
    this.letGo = undefined;
  }

  /** This tab goes for good. */
  leaves(): void {
    this.steps();
    this.channel.close();
  }

  /** Resolves when the lock is held, or known not to come at once. */
  private takes(options: LockOptions): Promise<void> {
    return new Promise((known) => {
      let mine: (() => void) | undefined;
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        known();
        if (!lock) return undefined;
        this.calms();
        // A place in the line is no longer needed once the lead was taken past it.
        if (options.steal) this.queue?.abort();
        this.queue = undefined;
        return new Promise((letGo) => {
          this.letGo = mine = letGo;
          if (!options.ifAvailable) this.events.leads();
        });
      };
      navigator.locks.request(LEAD, options, hold).catch(() => {
        known();
        if (!mine || this.letGo !== mine) return;
        this.letGo = undefined;
        this.events.deposed();
      });
    });
  }

  private hears(link: Status['link']): void {
    this.calms();
    this.events.link(link);
  }

  private calms(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }

  private tell(word: Word): void {
    this.channel.postMessage(word);
  }
}
