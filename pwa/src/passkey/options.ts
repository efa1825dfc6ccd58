/**
 * The relay's options as the browser wants them, and the browser's credential as the relay wants it. New browsers do
 * this themselves; for older ones every field of bytes is turned from base64url by hand (WebAuthn level 3, § 5.1.8–9).
 */
export type Json = Record<string, unknown>;

/** The relay may put the options in an envelope, as `navigator.credentials` takes them. */
function bare(options: Json): Json {
  return (options['publicKey'] as Json | undefined) ?? options;
}

export function creationOptions(answer: Json): PublicKeyCredentialCreationOptions {
  const options = bare(answer);
  const parse = known('parseCreationOptionsFromJSON');
  if (parse) return parse(options) as PublicKeyCredentialCreationOptions;
  const user = options['user'] as Json;
  return {
    ...options,
    challenge: bytes(options['challenge']),
    user: { ...user, id: bytes(user['id']) },
    excludeCredentials: credentials(options['excludeCredentials']),
  } as unknown as PublicKeyCredentialCreationOptions;
}

export function requestOptions(answer: Json): PublicKeyCredentialRequestOptions {
  const options = bare(answer);
  const parse = known('parseRequestOptionsFromJSON');
  if (parse) return parse(options) as PublicKeyCredentialRequestOptions;
  return {
    ...options,
    challenge: bytes(options['challenge']),
    allowCredentials: credentials(options['allowCredentials']),
  };
}

/** What `toJSON()` gives, also where there is none. */
export function plain(credential: PublicKeyCredential): unknown {
  if (typeof (credential as { toJSON?: unknown }).toJSON === 'function') return credential.toJSON();
  const { response } = credential;
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: 'attestationObject' in response ? made(response) : shown(response as AuthenticatorAssertionResponse),
  };
}

function made(response: AuthenticatorResponse): Json {
  const attestation = response as AuthenticatorAttestationResponse;
  return {
    clientDataJSON: text(attestation.clientDataJSON),
    attestationObject: text(attestation.attestationObject),
    // Safari gives it since 16.
    transports: attestation.getTransports?.() ?? [],
  };
}

function shown({ clientDataJSON, authenticatorData, signature, userHandle }: AuthenticatorAssertionResponse): Json {
  return {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    ...(userHandle && { userHandle: text(userHandle) }),
  };
}

type Parse = (options: Json) => unknown;

function known(name: string): Parse | undefined {
  const parse = (globalThis.PublicKeyCredential as unknown as Record<string, unknown> | undefined)?.[name];
  return typeof parse === 'function' ? (options) => (parse as Parse).call(PublicKeyCredential, options) : undefined;
}

function credentials(listed: unknown): PublicKeyCredentialDescriptor[] {
  const list = (listed ?? []) as (Json & { id: string })[];
  return list.map((one) => ({ ...one, id: bytes(one.id) }) as unknown as PublicKeyCredentialDescriptor);
}

export function bytes(base64url: unknown): Uint8Array<ArrayBuffer> {
  const base64 = String(base64url).replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

export function text(buffer: ArrayBuffer): string {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
