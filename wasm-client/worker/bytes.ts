/** Bytes as text: URL-safe base64 without padding, as everywhere between phone and relay. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function base64url(bytes: ArrayBuffer | Bytes): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Throws when it is no base64. */
export function fromBase64url(text: string): Bytes {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export function joined(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An identifier nobody has yet: 16 random bytes. */
export function freshId(): Bytes {
  return crypto.getRandomValues(new Uint8Array(16));
}

/** A record of this worker: JSON in UTF-8. */
export function written(record: unknown): Bytes {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** Undefined when it is nothing this version can read. */
export function read(bytes: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}
