import { describe, expect, test } from 'vitest';
import { fromBase64url, type Bytes } from '@worker/bytes';
import { open, publicHalf, publicKeyOf, seal, suite, toDevice } from '@worker/cases/sealing';
import { makeKeys } from '@worker/cases/sealing-key';

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Bytes => Uint8Array.from(Buffer.from(text, 'hex'));
const request = Buffer.alloc(16, 7).toString('base64url');
const device = Buffer.alloc(16, 2).toString('base64url');

describe('sealing', () => {
  test('what is sealed opens for whom it was sealed to, about what it was sealed about, and for nothing else', async () => {
    const [keys, others] = [await makeKeys(), await makeKeys()];
    const to = await publicKeyOf(await publicHalf(keys));
    const about = fromBase64url(request);
    const sealed = await seal(to, 'kruispunt/card/1', about, utf8('a card'));
    expect(await open(keys, 'kruispunt/card/1', about, sealed)).toEqual(utf8('a card'));
    await expect(open(others, 'kruispunt/card/1', about, sealed)).rejects.toThrow();
    await expect(open(keys, 'kruispunt/on-this-phone/1', about, sealed)).rejects.toThrow();
    await expect(open(keys, 'kruispunt/card/1', fromBase64url(device), sealed)).rejects.toThrow();
  });

  test('the key of a phone cannot be taken out of it', async () => {
    const { privateKey } = await makeKeys();
    expect(privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow();
  });

  test('a card to a device is bound to the request, the device and its last moment', () => {
    expect(hex(toDevice(request, device, 1_790_000_000_000))).toBe(
      `${'07'.repeat(16)}${'02'.repeat(16)}000001a0c4506c00`,
    );
  });
});

/** Ours with AES-256-GCM is not among the vectors of the RFC; its key agreement is. */
describe('the key agreement', () => {
  test('is that of RFC 9180, appendix A.3.1', async () => {
    const { kem } = await suite();
    const ikm = unhex('4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e');
    const ephemeral = await kem.deriveKeyPair(ikm.buffer);
    const enc = new Uint8Array(await kem.serializePublicKey(ephemeral.publicKey));
    expect(hex(enc)).toBe(
      '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
    );
    const recipient = await kem.deriveKeyPair(
      unhex('668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550').buffer,
    );
    const shared = await kem.decap({ recipientKey: recipient, enc: enc.buffer });
    expect(hex(new Uint8Array(shared))).toBe('c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8');
  });
});
