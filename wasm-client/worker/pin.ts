/**
 * The code somebody may set on their phone. Without it the private half of the pair that cards are sealed to is noise,
 * on the disk and for the app.
 *
 * It is wrapped twice: inside with a key made of the code (PBKDF2, slow on purpose), outside with a key of this
 * browser that cannot be taken out of it. So a copied disk does not help to guess the code elsewhere, and the browser's
 * key does not help without the code. A short code stays a short code: whoever can run scripts in this very browser
 * can try them all. It holds off who finds or borrows a phone.
 */
import type { Bytes } from './bytes';
import { CURVE, TRIES, saltOf, type SealingKey } from './cases/sealing-key';
import { Trouble } from './trouble';

/** OWASP's advice for PBKDF2 with SHA-256; about half a second on a cheap phone. */
const ROUNDS = 600_000;

const FEWEST_DIGITS = 4;

/** As it lies on the disk. */
export interface Guarded {
  rounds: number;
  salt: Bytes;
  inner: Bytes;
  outer: Bytes;
  /** Cannot be exported. */
  own: CryptoKey;
  wrapped: Bytes;
  /** Wrong codes since the last right one. */
  wrong: number;
}

export const isCode = (code: string): boolean => new RegExp(`^\\d{${FEWEST_DIGITS},12}$`).test(code);

/** A pair whose private half can be wrapped; it is never kept as it is. */
export function makeWrappable(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, true, ['deriveBits']);
}

export async function guard(code: string, privateKey: CryptoKey): Promise<Guarded> {
  return wrap(code, new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey)));
}

/** The private half, for use here and not to be taken out; nothing when the code is wrong. */
export async function unguard(code: string, guarded: Guarded): Promise<CryptoKey | undefined> {
  const bytes = await unwrap(code, guarded);
  if (!bytes) return undefined;
  const key = await crypto.subtle.importKey('pkcs8', bytes, CURVE, false, ['deriveBits']);
  bytes.fill(0);
  return key;
}

/** The same half under another code; nothing when the present one is wrong. */
export async function reguard(code: string, next: string, guarded: Guarded): Promise<Guarded | undefined> {
  const bytes = await unwrap(code, guarded);
  return bytes && wrap(next, bytes);
}

type Ring = Pick<SealingKey, 'fresh' | 'keep' | 'opened'>;

export async function setCode(ring: Ring, code: string, present: string): Promise<boolean> {
  if (!isCode(code)) throw new Trouble('code-wrong');
  if ((await ring.fresh()).guarded) {
    await unlock(ring, present);
    const record = await ring.fresh();
    const next = record.guarded && (await reguard(present, code, record.guarded));
    if (!next) throw new Trouble('code-wrong');
    await ring.keep({ ...record, guarded: next });
    ring.opened = ring.opened && { ...ring.opened, salt: saltOf(next) };
    return false;
  }
  const { publicKey, privateKey } = await makeWrappable();
  const guarded = await guard(code, privateKey);
  const key = await unguard(code, guarded);
  if (!key) throw new Trouble('unknown');
  await ring.keep({ keys: { publicKey }, guarded, registered: false });
  ring.opened = { key, salt: saltOf(guarded) };
  return true;
}

export async function removeCode(ring: Ring, present: string): Promise<void> {
  await unlock(ring, present);
  const { keys, registered } = await ring.fresh();
  if (!ring.opened) throw new Trouble('locked');
  await ring.keep({ keys: { publicKey: keys.publicKey, privateKey: ring.opened.key }, registered });
  ring.opened = undefined;
}

/** Opens what is behind the code. The try is counted before it is made, so that nobody tries on by starting anew. */
export async function unlock(ring: Ring, code: string): Promise<void> {
  const record = await ring.fresh();
  const { guarded } = record;
  if (!guarded) return;
  if (guarded.wrong >= TRIES) throw new Trouble('code-shut');
  const tried = { ...guarded, wrong: guarded.wrong + 1 };
  await ring.keep({ ...record, guarded: tried });
  const key = await unguard(code, guarded);
  if (key) {
    await ring.keep({ ...record, guarded: { ...guarded, wrong: 0 } });
    ring.opened = { key, salt: saltOf(guarded) };
    return;
  }
  if (tried.wrong < TRIES) throw new Trouble('code-wrong');
  ring.opened = undefined;
  await ring.keep({ ...record, guarded: { ...tried, wrapped: new Uint8Array() } });
  throw new Trouble('code-shut');
}

async function wrap(code: string, bytes: Bytes): Promise<Guarded> {
  const [salt, inner, outer] = [dice(16), dice(12), dice(12)];
  const own = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const once = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: inner }, await keyOf(code, salt, ROUNDS), bytes);
  const twice = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: outer }, own, once);
  bytes.fill(0);
  return {
    rounds: ROUNDS,
    salt,
    inner,
    outer,
    own,
    wrapped: new Uint8Array(twice),
    wrong: 0,
  };
}

async function unwrap(code: string, { rounds, salt, inner, outer, own, wrapped }: Guarded): Promise<Bytes | undefined> {
  const once = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: outer }, own, wrapped);
  const key = await keyOf(code, salt, rounds);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: inner }, key, once));
  } catch {
    return undefined;
  }
}

async function keyOf(code: string, salt: Bytes, rounds: number): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', new TextEncoder().encode(code), 'PBKDF2', false, ['deriveKey']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds };
  return crypto.subtle.deriveKey(how, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

const dice = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));
