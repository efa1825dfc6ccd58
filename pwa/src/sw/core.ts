/**
 * The phone's core in the service worker: one more tab. It is begun for one thing at a time and ends with it, so that
 * it never stands in the way of a tab that somebody looks at.
 */
import type { Question, Reply, RequestCard, Status, Views } from '@worker/contract';
import { Host } from '@worker/host';
import { wasm } from './shell';

export interface Core {
  readonly status: Status | undefined;
  /** Whether it came to that within so many milliseconds. */
  until(isSo: (status: Status) => boolean, ms: number): Promise<boolean>;
  /** The request, as soon as this phone knows it and it is so. The last that was known where it does not come to that. */
  knows(request: string, ms: number, isSo?: (card: RequestCard) => boolean): Promise<RequestCard | null>;
  hearNotices(): Promise<void>;
  reply(request: string, reply: Reply): Promise<'done' | 'waits'>;
  ask(question: Question): Promise<unknown>;
}

/** How many things are being done in it. */
let users = 0;
let here: Promise<Running> | undefined;

export async function inCore<T>(work: (core: Core) => Promise<T>): Promise<T> {
  users++;
  here ??= Running.begins();
  try {
    return await work(await here);
  } finally {
    if (--users === 0) {
      void here?.then((running) => running.ends()).catch(() => undefined);
      here = undefined;
    }
  }
}

class Running implements Core {
  status: Status | undefined;
  private readonly host: Host;
  private readonly waiting = new Set<() => void>();
  private readonly views = new Map<number, (view: string) => void>();
  private number = 0;

  private constructor() {
    this.host = new Host((status) => {
      this.status = status;
      for (const look of this.waiting) look();
    });
    this.host.watches.tell = (watch, view) => this.views.get(watch)?.(view);
  }

  static async begins(): Promise<Running> {
    const running = new Running();
    await running.host.start(await wasm());
    return running;
  }

  ends(): void {
    this.host.ends();
  }

  until(isSo: (status: Status) => boolean, ms: number): Promise<boolean> {
    return new Promise((done) => {
      const over = (came: boolean) => {
        clearTimeout(tooLong);
        this.waiting.delete(look);
        done(came);
      };
      const look = () => {
        if (this.status && isSo(this.status)) over(true);
      };
      const tooLong = setTimeout(() => over(false), ms);
      this.waiting.add(look);
      look();
    });
  }

  knows(request: string, ms: number, isSo: (card: RequestCard) => boolean = () => true): Promise<RequestCard | null> {
    const watch = ++this.number;
    return new Promise((done) => {
      let last: RequestCard | null = null;
      const over = () => {
        clearTimeout(tooLong);
        this.views.delete(watch);
        this.host.watches.remove(watch);
        done(last);
      };
      const tooLong = setTimeout(over, ms);
      this.views.set(watch, (view) => {
        last = (JSON.parse(view) as Views['request']).request;
        if (last && isSo(last)) over();
      });
      this.host.watches.add(watch, { view: 'request', id: request });
    });
  }

  async hearNotices(): Promise<void> {
    await this.host.about({ name: 'hearNotices', given: [] });
  }

  async reply(request: string, reply: Reply): Promise<'done' | 'waits'> {
    return (await this.host.about({ name: 'reply', given: [request, reply] })) as 'done' | 'waits';
  }

  ask(question: Question): Promise<unknown> {
    return this.host.ask(question);
  }
}
