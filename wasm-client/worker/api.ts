/** The relay's few HTTP calls. Their answers, and the problems they can give, are in `docs/PROTOCOL.md`. */
import type { Question } from './contract';
import { Trouble, keyOf } from './trouble';

export interface Redeemed {
  device: string;
  token: string;
  expires_at: number;
}

export interface Session {
  token: string;
  expires_at: number;
}

/** A stairwell swallows requests: better to say so than to wait for ever. */
const PATIENCE_MS = 15_000;

/** Any call. What goes wrong is a `Trouble` with the relay's key for it. */
export async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const patience = new AbortController();
  const tooLong = setTimeout(() => patience.abort(), PATIENCE_MS);
  let answer: Response;
  try {
    answer = await fetch(path, {
      ...init,
      cache: 'no-store',
      signal: patience.signal,
    });
  } catch {
    throw new Trouble('no-network');
  } finally {
    clearTimeout(tooLong);
  }
  const body = (await answer.json().catch(() => ({}))) as { key?: unknown };
  if (answer.ok) return body as T;
  throw new Trouble(typeof body.key === 'string' ? body.key : 'unknown');
}

function post<T>(path: string, body: unknown): Promise<T> {
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export const api = {
  /** Rejects with `no-network` where there is no line to the relay, whatever else stands in the way. */
  reaches: () =>
    ask('/healthz', {}).catch((thrown: unknown) => {
      if (keyOf(thrown) === 'no-network') throw thrown;
    }),
  redeem: (secret: string, publicKey: string, signature: string) =>
    post<Redeemed>('/api/invitations/redeem', {
      secret,
      public_key: publicKey,
      signature,
    }),
  challenge: (device: string) => post<{ challenge: string }>('/api/sessions/challenge', { device }),
  session: (device: string, challenge: string, signature: string) =>
    post<Session>('/api/sessions', { device, challenge, signature }),
  /** Whatever else a screen asks, in the name of its member. */
  asks: (token: string, { method, path, body }: Question) =>
    ask<unknown>(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  me: (token: string) => ask<unknown>('/api/me', { headers: { authorization: `Bearer ${token}` } }),
};
