/**
 * The phone's durable store: IndexedDB with strict durability, so that "saved on this phone" is true.
 *
 * `records` holds the core's records by their keys; `device` holds what only the browser may know: the key pair,
 * which cannot be exported, and the session; and work that was not sent when the phone was taken from its member.
 */
import type { Unsent } from './contract';
import type { Put } from './effect';
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

/** What a member whose phone was revoked had not sent: to be saved as a file, or put away. */
export type Leftover = Unsent;

export class Store {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(): Promise<Store> {
    const opening = indexedDB.open(NAME, VERSION);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore('records');
      opening.result.createObjectStore('device');
    };
    const database = await result(opening);
    // Another tab with a newer version must not wait for this one.
    database.onversionchange = () => database.close();
    return new Store(database);
  }

  async records(): Promise<Put[]> {
    const transaction = this.database.transaction('records', 'readonly');
    const records = transaction.objectStore('records');
    const [keys, values] = await Promise.all([result(records.getAllKeys()), result(records.getAll())]);
    return keys.map((key, at) => [key as string, values[at] as Uint8Array<ArrayBuffer>]);
  }

  /** Writes all or nothing; resolves once it is on the disk. */
  async commit(puts: readonly Put[], deletes: readonly string[]): Promise<void> {
    const transaction = this.write('records');
    const records = transaction.objectStore('records');
    for (const [key, bytes] of puts) records.put(bytes, key);
    for (const key of deletes) records.delete(key);
    await finished(transaction);
  }

  async device(): Promise<Device | undefined> {
    const transaction = this.database.transaction('device', 'readonly');
    return (await result(transaction.objectStore('device').get('this'))) as Device | undefined;
  }

  async keepDevice(device: Device): Promise<void> {
    const transaction = this.write('device');
    transaction.objectStore('device').put(device, 'this');
    await finished(transaction);
  }

  async leftover(): Promise<Leftover | undefined> {
    const transaction = this.database.transaction('device', 'readonly');
    return (await result(transaction.objectStore('device').get('leftover'))) as Leftover | undefined;
  }

  async putAway(): Promise<void> {
    const transaction = this.write('device');
    transaction.objectStore('device').delete('leftover');
    await finished(transaction);
  }

  /** Removes everything this app stored on the device, but for what is left behind. */
  async wipe(leftover: Leftover | undefined): Promise<void> {
    const transaction = this.write('records', 'device');
    transaction.objectStore('records').clear();
    const device = transaction.objectStore('device');
    device.clear();
    if (leftover) device.put(leftover, 'leftover');
    await finished(transaction);
  }

  private write(...stores: string[]): IDBTransaction {
    return this.database.transaction(stores, 'readwrite', { durability: 'strict' });
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
  return new Trouble(error?.name === 'QuotaExceededError' ? 'storage-full' : 'storage');
}
