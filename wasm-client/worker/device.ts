/**
 * Who this device is: a key pair of its own, which the browser never gives out, and a short session.
 *
 * ECDSA on P-256, because WebCrypto has it on every phone since Android 7; signatures go out as WebCrypto makes
 * them, 64 bytes of r and s.
 */
import { api } from './api';
import { base64url } from './bytes';
import type { Safe } from './safe';
import type { Device } from './store';
import { Trouble } from './trouble';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

/** A session this close to its end is renewed first, in milliseconds. */
const MARGIN_MS = 60_000;

export class Identity {
  constructor(private readonly safe: Safe) {}

  private get device(): Device | undefined {
    return this.safe.device;
  }

  get known(): boolean {
    return this.device?.id !== undefined;
  }

  /** Redeems the secret of a sign-in link. Safe to repeat when the answer got lost: the same keys get the same. */
  async redeem(secret: string): Promise<void> {
    const keys = this.device?.keys ?? (await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']));
    await this.safe.keepDevice(this.device ?? { keys });
    const publicKey = base64url(await crypto.subtle.exportKey('raw', keys.publicKey));
    const signature = await sign(keys.privateKey, `kruispunt/redeem/1\n${secret}`);
    const redeemed = await api.redeem(secret, publicKey, signature);
    const { device: id, token, expires_at: tokenExpires } = redeemed;
    await this.safe.keepDevice({ keys, id, token, tokenExpires });
  }

  /** A token that is good for a while yet; signs a challenge when there is none. */
  async token(now: number): Promise<string> {
    const device = this.device;
    if (!device?.id) throw new Trouble('signed-out');
    if (device.token && (device.tokenExpires ?? 0) > now + MARGIN_MS) return device.token;
    const { challenge } = await api.challenge(device.id);
    const signature = await sign(device.keys.privateKey, `kruispunt/session/1\n${challenge}`);
    const session = await api.session(device.id, challenge, signature);
    const renewed = {
      ...device,
      token: session.token,
      tokenExpires: session.expires_at,
    };
    // A disk that is full must not keep anybody from sending: the next start asks for a session again.
    await this.safe.keepDevice(renewed).catch(() => undefined);
    return session.token;
  }

  /** Signs with the key of this device. */
  async sign(text: string): Promise<string> {
    if (!this.device) throw new Trouble('signed-out');
    return sign(this.device.keys.privateKey, text);
  }

  /** The relay no longer takes the session. */
  dropToken(): void {
    const device = this.device;
    if (device)
      this.safe.forgetToken({
        keys: device.keys,
        ...(device.id && { id: device.id }),
      });
  }
}

async function sign(key: CryptoKey, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return base64url(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, bytes));
}
