/**
 * The key pair of this phone that cards on it are sealed to. Everything that needs it asks here. Where somebody set a
 * code, the private half is behind it: then it is in memory from the right code until this tab locks again.
 */
import type { Guarded } from '../pin';
import type { SealingRecord } from '../store';
import { Trouble } from '../trouble';

interface Drawer {
  sealingKey(): Promise<SealingRecord | undefined>;
  keepSealingKey(record: SealingRecord, replace: boolean): Promise<SealingRecord>;
}

export const CURVE = { name: 'ECDH', namedCurve: 'P-256' };

/** After so many wrong codes in a row what can be opened here goes. */
export const TRIES = 10;

/** Few have a code: what makes and takes it is loaded for them. */
const pin = () => import('../pin');

/** `none`: nobody set a code. `shut`: it was wrong too often, and there is nothing left behind it. */
export type Code = 'none' | 'open' | 'locked' | 'shut';

export class SealingKey {
  private known: SealingRecord | undefined;
  private isKept = false;
  private making: Promise<SealingRecord> | undefined;
  /** What came out from behind the code, and from behind which. */
  opened: { key: CryptoKey; salt: string } | undefined;

  constructor(private readonly drawer: Drawer) {}

  get code(): Code {
    const guarded = this.known?.guarded;
    if (!guarded) return 'none';
    if (guarded.wrong >= TRIES) return 'shut';
    return this.opened?.salt === saltOf(guarded) ? 'open' : 'locked';
  }

  /**
   * Reads what is kept, without making anything: another tab may have put another in its place or set a code, or the
   * phone has another member.
   */
  async look(): Promise<void> {
    try {
      const kept = await this.drawer.sealingKey();
      // What no disk took is nowhere else.
      if (!kept && this.isKept) this.forget();
      if (!kept) return;
      this.known = kept;
      this.isKept = true;
    } catch {
      // A disk that cannot be read says nothing about the pair.
    }
  }

  /** The pair; it is made when there is none. */
  async get(): Promise<CryptoKeyPair> {
    const { publicKey, privateKey = this.opened?.key } = (await this.record()).keys;
    if (!privateKey || this.code === 'locked' || this.code === 'shut') throw new Trouble('locked');
    return { publicKey, privateKey };
  }

  /** The half that seals, which no code guards. */
  async publicKey(): Promise<CryptoKey> {
    return (await this.record()).keys.publicKey;
  }

  async isRegistered(): Promise<boolean> {
    return (await this.record()).registered;
  }

  async register(registered: boolean): Promise<void> {
    this.known = { ...(await this.record()), registered };
    // A disk that is full must not keep anybody from reading: then the relay is told again after the next start.
    await this.drawer.keepSealingKey(this.known, true).catch(() => undefined);
  }

  /**
   * Puts the pair behind a code, or another one than the present. A pair that lay open cannot be put behind one: it is
   * replaced, and what was sealed to it opens no more. Answers whether that was so.
   */
  async setCode(code: string, present: string | null): Promise<boolean> {
    return (await pin()).setCode(this, code, present ?? '');
  }

  async removeCode(present: string): Promise<void> {
    return (await pin()).removeCode(this, present);
  }

  async unlock(code: string): Promise<void> {
    return (await pin()).unlock(this, code);
  }

  lock(): void {
    this.opened = undefined;
  }

  /** The phone has another member, or none: whose key it was is gone from the disk. */
  forget(): void {
    this.known = undefined;
    this.isKept = false;
    this.opened = undefined;
  }

  /** As it is on the disk now: other tabs count tries too. */
  async fresh(): Promise<SealingRecord> {
    await this.look();
    return this.record();
  }

  /** On the disk, or not at all: a code that is only in memory guards nothing. */
  async keep(record: SealingRecord): Promise<void> {
    this.known = await this.drawer.keepSealingKey(record, true);
    this.isKept = true;
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

/** The private half never leaves the browser. */
export function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, false, ['deriveBits']);
}

export const saltOf = ({ salt }: Guarded): string => salt.join();
