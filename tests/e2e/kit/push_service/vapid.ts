import { createPublicKey, verify } from 'node:crypto';

/** How a push service answers a sender it does not believe (RFC 8292, 4.2): who are you, or not you. */
export type Disbelief = { status: 401 | 403; why: string };

const DAY = 24 * 60 * 60;
const PART = /^[A-Za-z0-9_-]+$/;

/**
 * Whether this `Authorization` header (RFC 8292, 3) proves that the sender holds the key the subscription was made
 * with. Nothing is taken on trust: a relay that signs for the wrong audience is refused here as it would be outside.
 */
export function believes(
  header: string | undefined,
  origin: string,
  subscribedWith: string,
  now = Date.now(),
): Disbelief | undefined {
  const [, token, key] = /^vapid\s+t=([^,\s]+)\s*,\s*k=([^,\s]+)\s*$/i.exec(header ?? '') ?? [];
  if (!token || !key) return { status: 401, why: 'no vapid credentials' };
  const [head, claims, signature, ...more] = token.split('.');
  if (!head || !claims || !signature || more.length > 0 || ![head, claims, signature].every((part) => PART.test(part)))
    return { status: 401, why: 'no signed token' };
  const disbelief = checksHead(read(head)) ?? checksClaims(read(claims), origin, Math.floor(now / 1000)) ?? undefined;
  if (disbelief) return { status: 401, why: disbelief };
  if (!isSigned(`${head}.${claims}`, signature, key)) return { status: 401, why: 'the signature is not of this key' };
  if (key !== subscribedWith) return { status: 403, why: 'the subscription is of another key' };
  return undefined;
}

function checksHead(head: Record<string, unknown> | undefined): string | undefined {
  return head?.alg === 'ES256' ? undefined : 'not signed by ES256';
}

function checksClaims(claims: Record<string, unknown> | undefined, origin: string, now: number): string | undefined {
  if (!claims) return 'no claims';
  const { aud, exp, sub } = claims;
  if (aud !== origin) return `for ${String(aud)}, not for ${origin}`;
  if (typeof exp !== 'number' || exp <= now) return 'its time is over';
  if (exp > now + DAY) return 'valid for longer than a day';
  if (typeof sub !== 'string' || !/^(mailto:|https:)./.test(sub)) return 'nobody to turn to';
  return undefined;
}

function isSigned(what: string, signature: string, key: string): boolean {
  const point = Buffer.from(key, 'base64url');
  if (point.length !== 65 || point[0] !== 4) return false;
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  try {
    const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
    const given = Buffer.from(signature, 'base64url');
    return verify('sha256', Buffer.from(what), { key: publicKey, dsaEncoding: 'ieee-p1363' }, given);
  } catch {
    // A point that is not on the curve is nobody's key.
    return false;
  }
}

function read(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function unpadded(key: string): string {
  return Buffer.from(key, 'base64url').toString('base64url');
}
