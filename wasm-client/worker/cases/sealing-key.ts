/**
 * The key pair of this phone that cards on it are sealed to. Everything that needs it asks here, so that what guards
 * it (a PIN perhaps) can be put in between.
 */
import type { SealingRecord } from '../store';
import { makeKeys } from './sealing';

interface Drawer {
  sealingKey(): Promise<SealingRecord | undefined>;
  keepSealingKey(record: SealingRecord, replace: boolean): Promise<SealingRecord>;
}

export class SealingKey {
  private known: SealingRecord | undefined;
  private isKept = false;
  private making: Promise<SealingRecord> | undefined;

  constructor(private readonly drawer: Drawer) {}

  /** The pair; it is made when there is none. */
  async get(): Promise<CryptoKeyPair> {
    return (await this.record()).keys;
  }

  /** Puts another in its place. What was sealed to the old one opens no more. */
  async replace(keys: CryptoKeyPair): Promise<void> {
    this.known = await this.drawer.keepSealingKey({ keys, registered: false }, true);
    this.isKept = true;
  }

  async isRegistered(): Promise<boolean> {
    return (await this.record()).registered;
  }

  async register(registered: boolean): Promise<void> {
    const { keys } = await this.record();
    this.known = { keys, registered };
    // A disk that is full must not keep anybody from reading: then the relay is told again after the next start.
    await this.drawer.keepSealingKey(this.known, true).catch(() => undefined);
  }

  /** Another tab may have put another in its place, or the phone has another member. */
  readAnew(): void {
    // What no disk took is nowhere else.
    if (this.isKept) this.forget();
  }

  /** The phone has another member, or none: whose key it was is gone from the disk. */
  forget(): void {
    this.known = undefined;
    this.isKept = false;
  }

  private async record(): Promise<SealingRecord> {
    if (this.known && this.isKept) return this.known;
    this.making ??= this.make().finally(() => (this.making = undefined));
    return this.making;
  }

  private async make(): Promise<SealingRecord> {
    const record = this.known ??
      (await this.drawer.sealingKey().catch(() => undefined)) ?? {
        keys: await makeKeys(),
        registered: false,
      };
    try {
      // Another tab may have made one meanwhile: the first that is kept is this phone's.
      this.known = await this.drawer.keepSealingKey(record, false);
      this.isKept = true;
    } catch {
      // A full disk: it is tried again at the next use, and what is sealed meanwhile is in this window only.
      this.known = record;
    }
    return this.known;
  }
}
