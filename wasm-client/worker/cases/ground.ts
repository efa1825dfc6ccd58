/** What the work about cases stands on: the phone, its store, its keys and the relay. */
import type { Command, RequestCard } from '../contract';
import type { Put } from '../effect';
import type { Call } from './relay';
import type { SealingKey } from './sealing-key';

export interface Ground {
  keys: SealingKey;
  /** This device, once it has a member. */
  device(): string | undefined;
  /** Whose phone it is. */
  member(): string | undefined;
  /** What cards and notes are sealed to; none of an older relay. */
  recordKey(): { id: string; public_key: string } | null;
  request(id: string): RequestCard | null;
  /** The requests whose notes somebody looks at now. */
  followed(): string[];
  /** Whether somebody looks at this tab. */
  isSeen(): boolean;
  /** Does something on a board. Resolves once it is on this phone. */
  command(command: Command): Promise<unknown>;
  /** Lets the core forget a request that was erased; false while a board still has it. */
  forget(request: string): boolean;
  /** Whether this tab leads and the relay answers. */
  isLive(): boolean;
  /** Whether any tab of this phone has a line to the relay. */
  isOnline(): boolean;
  /** Whether what is written and removed is really on the disk. */
  isOnDisk(): boolean;
  /** Keeps records, on the disk or as far as that is possible, and tells the other tabs. */
  commit(puts: Put[], deletes: string[]): Promise<void>;
  /** Makes a call with a good token. */
  asMember<T>(call: Call<T>): Promise<T>;
  /** Asks the relay who the member is, and for its record key, anew. */
  asksWho(): Promise<void>;
  /** Signs with the key of this device. */
  sign(text: string): Promise<string>;
}

/** Nobody waits for anything any more, as `Stage::is_active` says it: only whoever coordinates still reads. */
export const CLOSED = new Set<RequestCard['stage']>(['fed_back', 'solved', 'closed', 'withdrawn']);
