/** What a push service sees, in the order in which it happens. */
export type Happening =
  /** A browser subscribed; `key` is the relay's. */
  | { what: 'subscribed'; token: string; key: string }
  | { what: 'unsubscribed'; token: string }
  /** A browser is there, for the first time or again. */
  | { what: 'greeted'; uaid: string }
  | { what: 'left'; uaid: string }
  /** A message came in and is not answered yet; `at` in ms. */
  | { what: 'arrived'; token: string; at: number }
  /** It was answered; `status` 0 when the connection ended without an answer. */
  | { what: 'answered'; token: string; at: number; status: number; why?: string; message: Message }
  | { what: 'delivered'; token: string; version: string }
  /** What the browser made of it. */
  | { what: 'acknowledged'; token: string; version: string; code: number };

/** What can be seen of a message from outside: its text is for the browser alone. */
export interface Message {
  length: number;
  ttl: number | undefined;
  urgency: string | undefined;
  topic: string | undefined;
  encoding: string | undefined;
}

/** Codes by which a browser says what became of a message. */
export const DECRYPTED = 100;
export const NOT_DECRYPTED = 101;

type Kind = Happening['what'];
type Of<K extends Kind> = Extract<Happening, { what: K }>;
type Wanted<K extends Kind> = (happening: Of<K>) => boolean;

/** All that happened, and a way to wait for what is still to come. */
export class Happenings {
  readonly all: Happening[] = [];
  private readonly waiting = new Set<() => void>();

  add(happening: Happening): void {
    this.all.push(happening);
    for (const look of [...this.waiting]) look();
  }

  /** Where the story is now, to wait for what comes after. */
  get now(): number {
    return this.all.length;
  }

  since<K extends Kind>(what: K, from = 0): Of<K>[] {
    return this.all.slice(from).filter((happening): happening is Of<K> => happening.what === what);
  }

  /** The first that is wanted, from `from` on: at once if it is there already. Fails loudly, with the whole story. */
  async next<K extends Kind>(what: K, wanted: Wanted<K> = () => true, from = 0, within = 20_000): Promise<Of<K>> {
    const [found] = await this.several(1, what, wanted, from, within);
    return found as Of<K>;
  }

  /** As many as that. */
  async several<K extends Kind>(
    count: number,
    what: K,
    wanted: Wanted<K> = () => true,
    from = 0,
    within = 20_000,
  ): Promise<Of<K>[]> {
    return new Promise((found, failed) => {
      const look = () => {
        const those = this.since(what, from).filter(wanted);
        if (those.length < count) return;
        this.waiting.delete(look);
        clearTimeout(patience);
        found(those);
      };
      const patience = setTimeout(() => {
        this.waiting.delete(look);
        const story = this.all.slice(from).map((happening) => JSON.stringify(happening));
        failed(new Error(`waited for ${count} × ${what}; there was:\n${story.join('\n')}`));
      }, within);
      this.waiting.add(look);
      look();
    });
  }
}
