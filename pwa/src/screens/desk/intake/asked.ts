import { base64url, fromBase64url, joined } from '@worker/bytes';
import type { CaseEntry, Command, CardText, Purpose, Recipient } from '@worker/contract';
import { ASKED_CONSENTS } from '@worker/contract';
import { ask } from '@pwa/core.svelte';
import type { Path } from '@pwa/people';

/** What the relay tells of forms and of what waits: `docs/INTERFACE.md`, self-entry. */
export interface Form {
  id: string;
  area: string;
  kind: 'kiosk' | 'public';
  code: string;
  made_at: number;
}

type LogRequest = Extract<Command, { type: 'log_request' }>;

export interface Waiting extends Pick<LogRequest, 'theme' | 'ask' | 'day' | 'part' | 'urgency' | 'repeat'> {
  id: string;
  form: string;
  kind: Form['kind'];
  area: string;
  street: string | null;
  consents: { purpose: Purpose; recipient: Recipient }[];
  received_at: number;
}

export const REASONS = [
  'not_reached',
  'known_already',
  'helped_at_once',
  'elsewhere',
  'no_longer',
  'no_question',
] as const;
export type Reason = (typeof REASONS)[number];

export const paths = {
  forms: (area: string): Path => `/api/intake-forms?area=${area}`,
  waiting: (area: string): Path => `/api/intake?area=${area}`,
};

type Decision = { accepted: true; request: string } | { accepted: false; reason: Reason };

export const intake = {
  make: (area: string, kind: Form['kind']) =>
    ask<Form>({ method: 'POST', path: '/api/intake-forms', body: { area, kind } }),
  close: (form: string) => ask<undefined>({ method: 'DELETE', path: `/api/intake-forms/${form}` }),
  waiting: (area: string) => ask<{ waiting: Waiting[] }>({ method: 'GET', path: paths.waiting(area) }),
  decide: (id: string, decision: Decision) =>
    ask<undefined>({ method: 'POST', path: `/api/intake/${id}/decide`, body: decision }),
};

/** What a resident opens. */
export const linkOf = ({ code }: Form) => `${location.origin}/#/vraag/${code}`;

/**
 * The identifier of the request that such a question becomes. It follows from the question, so that a phone that was
 * interrupted between logging and deciding, or another phone, never logs it twice.
 */
export async function requestOf(id: string): Promise<string> {
  const about = new TextEncoder().encode('kruispunt/intake/1\n');
  const hash = await crypto.subtle.digest('SHA-256', joined(about, fromBase64url(id)));
  return base64url(hash.slice(0, 16));
}

/** The same as a coordinator would have written it down. */
export function logging(waiting: Waiting, street: string): Command {
  const { theme, ask, day, part, urgency, repeat } = waiting;
  const source = waiting.kind === 'kiosk' ? 'desk' : 'resident';
  return { type: 'log_request', area: street, theme, ask, day, part, urgency, repeat, source };
}

export function entryOf(waiting: Waiting, card: CardText): CaseEntry {
  const isGiven = (asked: { purpose: Purpose; recipient: Recipient }) =>
    waiting.consents.some(({ purpose, recipient }) => purpose === asked.purpose && recipient === asked.recipient);
  const consents = ASKED_CONSENTS.map((pair) => ({ ...pair, given: isGiven(pair) }));
  return { card, consents, how: 'written' };
}
