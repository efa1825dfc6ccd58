/**
 * Seals and opens with HPKE (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode.
 *
 * The library is loaded when it is first needed. The service worker holds it, so that works without a network.
 */
import type { CipherSuite } from '@pwa/hpke';
import { type Bytes, base64url, fromBase64url, joined } from '../bytes';
import { CURVE } from './sealing-key';

export interface Sealed {
  enc: string;
  sealed: string;
}

/** What a sealing is for; another purpose cannot open it. */
export type Info =
  | 'kruispunt/card/1'
  | 'kruispunt/card-to-device/1'
  | 'kruispunt/note/1'
  | 'kruispunt/note-to-device/1'
  | 'kruispunt/on-this-phone/1'
  | 'kruispunt/intake/1'
  | 'kruispunt/intake-to-device/1';

let loaded: Promise<CipherSuite> | undefined;

/** Has the library at hand. */
export function suite(): Promise<CipherSuite> {
  loaded ??= import('@pwa/hpke').then(
    ({ Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 }) =>
      new CipherSuite({
        kem: new DhkemP256HkdfSha256(),
        kdf: new HkdfSha256(),
        aead: new Aes256Gcm(),
      }),
  );
  // What could not be loaded now is tried again.
  loaded.catch(() => (loaded = undefined));
  return loaded;
}

export async function publicHalf({ publicKey }: Pick<CryptoKeyPair, 'publicKey'>): Promise<string> {
  return base64url(await crypto.subtle.exportKey('raw', publicKey));
}

export function publicKeyOf(text: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', fromBase64url(text), CURVE, true, []);
}

export async function seal(to: CryptoKey, info: Info, about: Bytes, content: Bytes): Promise<Sealed> {
  const sender = await (await suite()).createSenderContext({ recipientPublicKey: to, info: utf8(info) });
  return {
    enc: base64url(sender.enc),
    sealed: base64url(await sender.seal(content, about)),
  };
}

/** Throws when it was sealed to somebody else, for something else, or about something else. */
export async function open(keys: CryptoKeyPair, info: Info, about: Bytes, { enc, sealed }: Sealed): Promise<Bytes> {
  const context = {
    recipientKey: keys,
    enc: fromBase64url(enc),
    info: utf8(info),
  };
  const recipient = await (await suite()).createRecipientContext(context);
  return new Uint8Array(await recipient.open(fromBase64url(sealed), about));
}

/** What a card that was sealed to a device is bound to. */
export function toDevice(request: string, device: string, expiresAt: number): Bytes {
  return joined(fromBase64url(request), fromBase64url(device), moment(expiresAt));
}

/** The same of a note. */
export function noteToDevice(request: string, note: string, device: string, expiresAt: number): Bytes {
  return joined(fromBase64url(request), fromBase64url(note), fromBase64url(device), moment(expiresAt));
}

function moment(at: number): Bytes {
  const moment = new DataView(new ArrayBuffer(8));
  moment.setBigInt64(0, BigInt(at));
  return new Uint8Array(moment.buffer);
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}
