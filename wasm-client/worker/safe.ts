/**
 * Keeps the core's records: on the disk whenever that is possible, and in memory while it is not.
 *
 * What is only in memory is never called saved: `keeping` says so to every screen. It goes to the disk as soon as the
 * disk takes it, all or nothing. Tries go further apart while they fail.
 */
import type { Keeping } from './contract';
import type { Put } from './effect';
import { Store, type Device, type Leftover, type SealingRecord } from './store';
import { keyOf } from './trouble';

export interface SafeEvents {
  /** `keeping` is another than before. */
  changed(): void;
  /** Another tab has a newer version of this app and needs the database for itself. */
  outgrown(): void;
  /** The disk does not open because another tab holds it, or says nothing at all. It may still come. */
  blocked(): void;
}

/** Records that no relay could give back: the member, and work that was not taken. */
const isOwn = (key: string) => !key.startsWith('d/');

/** The first wait before the disk is tried again, and the longest, in milliseconds. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

export class Safe {
  keeping: Keeping = 'disk';
  private store: Store | undefined;
  private identity: Device | undefined;
  /** What the disk has not taken yet, the latest of every key; `null` is to be removed. */
  private readonly backlog = new Map<string, Uint8Array<ArrayBuffer> | null>();
  /** A copy of what is nowhere else, for when the disk is emptied while people work. */
  private readonly own = new Map<string, Uint8Array<ArrayBuffer>>();
  private line: Promise<unknown> = Promise.resolve();
  private failures = 0;
  private retryAt = 0;

  constructor(
    private readonly events: SafeEvents,
    private readonly dice: () => number,
  ) {}

  async open(): Promise<void> {
    await this.reach();
  }

  /** All records as they are now, whether on the disk or not. */
  async records(): Promise<Put[]> {
    return this.inLine(async () => {
      const store = await this.reach();
      await this.look(store);
      const records = new Map(this.keeping === 'cleared' ? this.own : await store.records());
      for (const [key, bytes] of this.backlog) {
        if (bytes) records.set(key, bytes);
        else records.delete(key);
      }
      this.own.clear();
      for (const [key, bytes] of records) if (isOwn(key)) this.own.set(key, bytes);
      return [...records];
    });
  }

  /** The records; of a disk that cannot be read at least this tab's own. */
  async atLeastOwn(): Promise<Put[]> {
    return this.records().catch(() => [...this.own]);
  }

  /** Resolves to whether it is on the disk. When it is not it is held here, and `keeping` says so. */
  async commit(puts: readonly Put[], deletes: readonly string[]): Promise<boolean> {
    return this.inLine(async () => {
      for (const [key, bytes] of puts) this.note(key, bytes);
      for (const key of deletes) this.note(key, null);
      // What a person does is worth a try at once; what the relay sends is still there later.
      if (this.isDue() || puts.some(([key]) => isOwn(key))) await this.flush();
      return this.keeping === 'disk';
    });
  }

  /** Tries again what the disk did not take, when it is time to. */
  async retry(): Promise<void> {
    if (this.keeping === 'disk' || this.keeping === 'cleared' || !this.isDue()) return;
    return this.inLine(() => this.flush());
  }

  /** Another tab stored this, or holds it in its memory when it is not `kept`: then two tabs try. */
  absorb(puts: readonly Put[], deletes: readonly string[], kept: boolean): void {
    const take = (key: string, bytes: Uint8Array<ArrayBuffer> | null) => {
      this.note(key, bytes);
      if (kept) this.backlog.delete(key);
    };
    for (const [key, bytes] of puts) take(key, bytes);
    for (const key of deletes) take(key, null);
    if (!kept) void this.commit([], []);
  }

  /** Other tabs wrote about the streets meanwhile: what is held here of those is old. */
  letGoOfStreets(): void {
    for (const key of this.backlog.keys()) if (!isOwn(key)) this.backlog.delete(key);
  }

  get device(): Device | undefined {
    return this.identity;
  }

  async keepDevice(device: Device): Promise<void> {
    this.identity = device;
    await (await this.reach()).keepDevice(device);
  }

  /** In memory is enough: the next start finds the old session on the disk, and hears again that it is no good. */
  forgetToken(device: Device): void {
    this.identity = device;
  }

  async sealingKey(): Promise<SealingRecord | undefined> {
    return (await this.reach()).sealingKey();
  }

  async keepSealingKey(record: SealingRecord, replace: boolean): Promise<SealingRecord> {
    return (await this.reach()).keepSealingKey(record, replace);
  }

  async leftover(): Promise<Leftover | undefined> {
    return (await this.reach()).leftover();
  }

  async putAway(): Promise<void> {
    return (await this.reach()).putAway();
  }

  /** Forgets everything, but for what is left behind for a person to save. */
  async wipe(leftover: Leftover | undefined): Promise<void> {
    return this.inLine(async () => {
      await (await this.reach()).wipe(leftover);
      this.identity = undefined;
      this.backlog.clear();
      this.own.clear();
      this.is('disk');
    });
  }

  /** Whose phone the disk says this is; another tab may have changed that. */
  private async look(store: Store): Promise<void> {
    const device = await store.device();
    if (this.keeping !== 'cleared') {
      // What was held is of the member who left.
      if (this.identity?.id !== undefined && device?.id !== this.identity.id) this.backlog.clear();
      this.identity = device;
    } else if (device?.id === this.identity?.id) this.is('disk');
  }

  private note(key: string, bytes: Uint8Array<ArrayBuffer> | null): void {
    this.backlog.set(key, bytes);
    if (!isOwn(key)) return;
    if (bytes) this.own.set(key, bytes);
    else this.own.delete(key);
  }

  private isDue(): boolean {
    return this.failures === 0 || Date.now() >= this.retryAt;
  }

  private async flush(): Promise<void> {
    try {
      const store = await this.reach();
      if (this.keeping !== 'cleared') await store.commit(this.backlog);
      this.backlog.clear();
      if (this.keeping !== 'cleared') this.is('disk');
    } catch (thrown) {
      this.fails(keyOf(thrown) === 'storage-full' ? 'full' : 'failing');
    }
  }

  /** Half of every wait is random, so that the tabs of a phone do not try in step. */
  private fails(keeping: Keeping): void {
    const most = Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS);
    this.failures++;
    this.retryAt = Date.now() + most / 2 + (this.dice() % (most / 2));
    this.is(keeping);
  }

  /** The disk, opened again when the browser closed it. */
  private async reach(): Promise<Store> {
    if (this.store) return this.store;
    const store = await Store.open({
      closed: () => {
        this.store = undefined;
        void this.inLine(() => this.flush());
      },
      outgrown: () => this.events.outgrown(),
      blocked: () => this.events.blocked(),
    });
    // Either the disk stumbled, or somebody emptied it: then this is another one, and nothing here is saved any more.
    const device = await store.device();
    if (this.identity?.id !== undefined && device?.id !== this.identity.id) this.is('cleared');
    this.store = store;
    return store;
  }

  private is(keeping: Keeping): void {
    if (keeping === 'disk') this.failures = 0;
    if (this.keeping === keeping) return;
    this.keeping = keeping;
    this.events.changed();
  }

  /** One after the other, so that nothing overtakes. */
  private async inLine<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.line.then(work);
    this.line = turn.catch(() => undefined);
    return turn;
  }
}
