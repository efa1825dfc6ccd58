/** What the page says to the relay (`docs/INTERFACE.md`, self-entry). Who asks is sealed before it leaves. */
import { ask } from '@worker/api';
import { base64url, fromBase64url, written } from '@worker/bytes';
import { publicKeyOf, seal } from '@worker/cases/sealing';
import type { CardText, Consent } from '@worker/contract';
import type { Answers } from './asking.svelte';

export interface Street {
  area: string;
  name: string;
  /** Where it lies: there may be more streets of one name. */
  within: string;
}

export interface Form {
  kind: 'kiosk' | 'public';
  area_name: string;
  streets: Street[];
  record_key: { id: string; public_key: string };
}

/** Nothing in it says who asks. */
export type Sealed = Readonly<Record<string, unknown>> & { id: string };

const path = (code: string) => `/api/intake/${encodeURIComponent(code)}`;

export const read = (code: string) => ask<Form>(path(code), { method: 'GET' });

export async function sealed(
  id: string,
  answers: Answers,
  card: CardText,
  consents: readonly Consent[],
  key: Form['record_key'],
): Promise<Sealed> {
  const to = await publicKeyOf(key.public_key);
  const parts = await seal(to, 'kruispunt/intake/1', fromBase64url(id), written(card));
  const given = consents.filter((consent) => consent.given);
  return {
    id,
    ...answers,
    consents: given.map(({ purpose, recipient }) => ({ purpose, recipient })),
    key: key.id,
    ...parts,
  };
}

export const send = (code: string, body: Sealed) =>
  ask<unknown>(path(code), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

export const freshName = () => base64url(crypto.getRandomValues(new Uint8Array(16)));
