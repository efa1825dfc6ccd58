/**
 * The phone's disk: IndexedDB with strict durability, so that "saved on this phone" is true.
 *
 * `records` holds the core's records and those of cases by their keys; `device` holds what only the browser may know:
 * the key pairs of this phone, which cannot be exported, and the session; and what an earlier member left behind.
 */
import type { Unsent } from './contract';
import type { Put } from './effect';
import type { Guarded } from './pin';
import { Trouble } from './trouble';

const NAME = 'kruispunt';
const VERSION = 1;

export interface Device {
  keys: CryptoKeyPair;
  /** Given by the relay when the sign-in link was redeemed. */
  id?: string;
  token?: string;
  /** Unix time in milliseconds. */
  tokenExpires?: number;
}

/** The key pair that case cards on this phone are sealed to. */
export interface SealingRecord {
  /** Without its private half while a code guards that. */
  keys: { publicKey: CryptoKey; privateKey?: CryptoKey };
  guarded?: Guarded;
  /** Whether the relay knows its public half. */
  registered: boolean;
}

/** What a member whose phone was revoked had not sent: to be saved as a file, or put away. */
export type Leftover = Unsent;

export interface StoreEvents {
  /** The browser closed the database: it was cleared, or the disk failed. */
  closed(): void;
  /** Another tab has a newer version of this app and needs the database for itself. */
  outgrown(): void;
  /** It does not open for now: another tab holds an older one, or the browser says nothing. */
  blocked(): void;
}

/** A database that did not open by then needs a person to do something about it, in milliseconds. */
const PATIENCE_MS = 10_000;

export class Store {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(events: StoreEvents): Promise<Store> {
    let opening: IDBOpenDBRequest;
    try {
      opening = indexedDB.open(NAME, VERSION);
    } catch {
      // There is none here, or it is forbidden.
      throw new Trouble('storage-forbidden');
    }
    const tooLong = setTimeout(() => events.blocked(), PATIENCE_MS);
    opening.onblocked = () => events.blocked();
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore('records');
      opening.result.createObjectStore('device');
    };
    const database = await result(opening).finally(() => clearTimeout(tooLong));
    database.onversionchange = () => {
      database.close();
      events.outgrown();
    };
    database.onclose = () => events.closed();
    return new Store(database);
  }

  async records(): Promise<Put[]> {
    const records = this.begin(['records'], 'readonly').objectStore('records');
    const [keys, values] = await Promise.all([result(records.getAllKeys()), result(records.getAll())]);
    return keys.map((key, at) => [key as string, values[at] as Uint8Array<ArrayBuffer>]);
  }

  /** Writes all or nothing, `null` removes; resolves once it is on the disk. */
  async commit(writes: Iterable<readonly [string, Uint8Array | null]>): Promise<void> {
    const transaction = this.begin(['records'], 'readwrite');
    const records = transaction.objectStore('records');
    for (const [key, bytes] of writes) {
      if (bytes) records.put(bytes, key);
      else records.delete(key);
    }
    await finished(transaction);
  }

  async device(): Promise<Device | undefined> {
    const device = this.begin(['device'], 'readonly').objectStore('device');
    return (await result(device.get('this'))) as Device | undefined;
  }

  async keepDevice(device: Device): Promise<void> {
    const transaction = this.begin(['device'], 'readwrite');
    transaction.objectStore('device').put(device, 'this');
    await finished(transaction);
  }

  async sealingKey(): Promise<SealingRecord | undefined> {
    const device = this.begin(['device'], 'readonly').objectStore('device');
    return (await result(device.get('sealing'))) as SealingRecord | undefined;
  }

  /** Keeps it when there is none, or in the place of what there is. Gives what is kept then. */
  async keepSealingKey(record: SealingRecord, replace: boolean): Promise<SealingRecord> {
    const transaction = this.begin(['device'], 'readwrite');
    const device = transaction.objectStore('device');
    const known = (await result(device.get('sealing'))) as SealingRecord | undefined;
    if (!known || replace) device.put(record, 'sealing');
    await finished(transaction);
    return known && !replace ? known : record;
  }

  async leftover(): Promise<Leftover | undefined> {
    const device = this.begin(['device'], 'readonly').objectStore('device');
    return (await result(device.get('leftover'))) as Leftover | undefined;
  }

  async putAway(): Promise<void> {
    const transaction = this.begin(['device'], 'readwrite');
    transaction.objectStore('device').delete('leftover');
    await finished(transaction);
  }

  /** Removes everything this app stored on the device, but for what is left behind. */
  async wipe(leftover: Leftover | undefined): Promise<void> {
    const transaction = this.begin(['records', 'device'], 'readwrite');
    transaction.objectStore('records').clear();
    const device = transaction.objectStore('device');
    device.clear();
    if (leftover) device.put(leftover, 'leftover');
    await finished(transaction);
  }

  private begin(stores: string[], mode: IDBTransactionMode): IDBTransaction {
    try {
      return this.database.transaction(stores, mode, { durability: 'strict' });
    } catch {
      // It was closed under our hands.
      throw new Trouble('storage');
    }
  }
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(trouble(request.error));
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(trouble(transaction.error));
    transaction.onerror = () => reject(trouble(transaction.error));
  });
}

function trouble(error: DOMException | null): Trouble {
  if (error?.name === 'QuotaExceededError') return new Trouble('storage-full');
  // A private window in some browsers, or a person's own choice.
  const forbidden = ['SecurityError', 'NotAllowedError', 'InvalidStateError'].includes(error?.name ?? '');
  return new Trouble(forbidden ? 'storage-forbidden' : 'storage');
}
