import { describe, expect, test } from 'vitest';
import { guard, isCode, makeWrappable, reguard, unguard } from '@worker/pin';

/** The code on a phone, with the browser's own cryptography. */
async function shared(mine: CryptoKey, theirs: CryptoKey): Promise<string> {
  const bits = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, mine, 256);
  return Buffer.from(bits).toString('hex');
}

/** Slow on purpose; on a busy machine very. */
const PATIENCE = { timeout: 60_000 };

describe('a code on the phone', PATIENCE, () => {
  test('gives the key back that was put behind it, for use and not to be taken out', async () => {
    const [mine, theirs] = [await makeWrappable(), await makeWrappable()];
    const guarded = await guard('4711', mine.privateKey);
    const key = await unguard('4711', guarded);
    expect(key?.extractable).toBe(false);
    expect(guarded.own.extractable).toBe(false);
    expect(key && (await shared(key, theirs.publicKey))).toBe(await shared(mine.privateKey, theirs.publicKey));
  });

  test('gives nothing for another code', async () => {
    const guarded = await guard('4711', (await makeWrappable()).privateKey);
    expect(await unguard('4712', guarded)).toBeUndefined();
    expect(await reguard('4712', '1234', guarded)).toBeUndefined();
  });

  test('is slow to guess', async () => {
    const { rounds, salt } = await guard('4711', (await makeWrappable()).privateKey);
    expect(rounds).toBeGreaterThanOrEqual(600_000);
    expect(salt).toHaveLength(16);
  });

  test('can be changed, and then the old one is worth nothing', async () => {
    const [mine, theirs] = [await makeWrappable(), await makeWrappable()];
    const next = await reguard('4711', '123456', await guard('4711', mine.privateKey));
    if (!next) throw new Error('the code was right');
    expect(await unguard('4711', next)).toBeUndefined();
    const key = await unguard('123456', next);
    expect(key && (await shared(key, theirs.publicKey))).toBe(await shared(mine.privateKey, theirs.publicKey));
  });

  test('without the key of this browser the right code opens nothing', async () => {
    const mine = await makeWrappable();
    const guarded = await guard('4711', mine.privateKey);
    const elsewhere = { ...guarded, own: (await guard('4711', mine.privateKey)).own };
    await expect(unguard('4711', elsewhere)).rejects.toThrow();
  });

  test('is four to twelve digits', () => {
    expect(['1234', '123456789012'].every(isCode)).toBe(true);
    expect(['', '123', 'abcd', '1234567890123', '12 34'].some(isCode)).toBe(false);
  });
});
