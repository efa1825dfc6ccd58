import { ask } from './core.svelte';
import type { Path } from './people';
import { creationOptions, plain, requestOptions } from './passkey/options';

/**
 * Passkeys: what shows that it is really them, beside the key of the phone. The browser and the relay do the work
 * (WebAuthn); here they are brought together.
 */
export const mayMake = (): boolean => typeof PublicKeyCredential === 'function';

const post = <T>(path: Path, body: unknown) => ask<T>({ method: 'POST', path, body });

/** Makes one and registers it. Throws a `Problem`. */
export async function make(): Promise<void> {
  if (!mayMake()) throw problem('passkey-not-here');
  const publicKey = creationOptions(await post('/api/passkeys/registration', {}));
  const credential = await given(navigator.credentials.create({ publicKey }));
  await post('/api/passkeys', plain(credential));
}

/** Shows one. Throws a `Problem`: `passkey-none` where there is none yet. */
export async function verify(): Promise<void> {
  if (!mayMake()) throw problem('passkey-not-here');
  const { passkeys } = await ask<{ passkeys: unknown[] }>({ method: 'GET', path: '/api/passkeys' });
  if (passkeys.length === 0) throw problem('passkey-none');
  const publicKey = requestOptions(await post('/api/passkeys/assertion', {}));
  const credential = await given(navigator.credentials.get({ publicKey }));
  await post('/api/passkeys/verify', plain(credential));
}

export async function remove(passkey: string): Promise<void> {
  await ask({ method: 'DELETE', path: `/api/passkeys/${passkey}` });
}

/** Whoever changes their mind, and a browser that waited too long, end the same way. */
async function given(asking: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const credential = await asking.catch((thrown: unknown) => {
    const name = thrown instanceof DOMException ? thrown.name : '';
    throw problem(name === 'InvalidStateError' ? 'passkey-known' : 'passkey-not-shown');
  });
  if (!credential) throw problem('passkey-not-shown');
  return credential as PublicKeyCredential;
}

const problem = (key: string) => Object.assign(new Error(key), { key });
