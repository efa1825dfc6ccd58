/**
 * What the relay was told to erase goes from this phone too, and the phone says so: a receipt.
 *
 * A receipt is only given when it is true: nothing in memory or waiting for the disk, and the street's board has come
 * anew without the request.
 */
import type { Put } from '../effect';
import type { Ground } from './ground';
import { relay, type Erasure } from './relay';
import { errandRecord, type Shelf } from './shelf';

/** A board that is still to come anew is not looked for more often than this, in milliseconds. */
const PAUSE_MS = 1_000;

/**
 * A phone that stays connected asks this often, in milliseconds: what was erased changed no board, perhaps, and so no
 * board came anew to ask at.
 */
const ASK_EVERY_MS = 10 * 60_000;

export class Erasures {
  private askedAt = Date.now();
  private asked: Erasure[] = [];
  private readonly tried = new Map<string, number>();
  private working = false;

  constructor(
    private readonly shelf: Shelf,
    private readonly ground: Ground,
  ) {}

  /** Asks the relay what is to go. */
  async ask(): Promise<void> {
    this.askedAt = Date.now();
    const { erasures } = await this.ground.asMember(relay.erasures());
    this.asked = erasures;
    await this.goOn();
  }

  /** Removes what can be removed now, and gives receipts for what is gone. */
  async goOn(): Promise<void> {
    if (Date.now() - this.askedAt >= ASK_EVERY_MS) return this.ask();
    if (this.working || this.asked.length === 0) return;
    this.working = true;
    try {
      for (const erasure of [...this.asked]) {
        if (Date.now() - (this.tried.get(erasure.id) ?? 0) < PAUSE_MS) continue;
        this.tried.set(erasure.id, Date.now());
        if (!(await this.removes(erasure))) continue;
        this.asked = this.asked.filter(({ id }) => id !== erasure.id);
        if (!this.isReceiptWritten(erasure.id)) await this.ground.commit([this.receipt(erasure.id)], []);
      }
    } finally {
      this.working = false;
    }
  }

  private async removes({ kind, subject }: Erasure): Promise<boolean> {
    if (kind === 'member') {
      const nameless = this.shelf.nameless(subject);
      if (nameless.length > 0) await this.ground.commit(nameless, []);
      return this.ground.isOnDisk();
    }
    const isGone = this.ground.forget(subject);
    const keys = this.shelf.about(subject).filter((key) => this.shelf.has(key));
    const notices = this.shelf.inboxWithout(subject);
    if (keys.length + notices.length > 0) await this.ground.commit(notices, keys);
    // What the disk did not take is not gone from it.
    return isGone && this.ground.isOnDisk();
  }

  private isReceiptWritten(erasure: string): boolean {
    return [...this.shelf.errands.values()].some((errand) => errand.kind === 'receipt' && errand.erasure === erasure);
  }

  private receipt(erasure: string): Put {
    return errandRecord({
      kind: 'receipt',
      street: null,
      request: null,
      at: Date.now(),
      refused: null,
      erasure,
    });
  }
}
