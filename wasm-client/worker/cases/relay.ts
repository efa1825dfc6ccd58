/** What the relay is asked about cases: `docs/INTERFACE.md`. Nothing about a resident is ever in an address. */
import { ask } from '../api';
import type { Danger, NoteAudience } from './contract';
import type { Sealed } from './sealing';
import type { CardErrand, HeardWord, NoteErrand, ProfileErrand, SeenNotes, TalkErrand, Word } from './shelf';

/** A call that is only to be made with the member's token. */
export type Call<T> = (token: string) => Promise<T>;

export interface CardToDevice extends Sealed {
  expires_at: number;
}

/** Notes as the relay hands them out, sealed to this phone. */
export interface HandedNotes {
  notes: (Sealed & {
    id: string;
    n: number;
    audience: NoteAudience;
    member: string;
    first_name: string | null;
    at: number;
    mine: boolean;
  })[];
  more: boolean;
  seen: SeenNotes[];
  expires_at: number;
}

export interface Erasure {
  id: string;
  kind: 'case' | 'member';
  subject: string;
}

export function call<T>(method: string, path: string, body?: unknown): Call<T> {
  return (token) =>
    ask<T>(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
}

function about(request: string, street: string, what: string): string {
  return `/api/cases/${request}${what}?street=${street}`;
}

export const relay = {
  sealingKey: (public_key: string, signature: string) =>
    call<unknown>('PUT', '/api/devices/this/sealing-key', {
      public_key,
      signature,
    }),
  card: (request: string, street: string, card: NonNullable<CardErrand['sealed']>) =>
    call<unknown>('PUT', about(request, street, '/card'), card),
  open: (request: string, street: string, danger: { id: string; reason: Danger } | null) =>
    call<CardToDevice>('POST', about(request, street, '/open'), { danger }),
  openIntake: (intake: string) => call<CardToDevice>('POST', `/api/intake/${intake}/open`, {}),
  consents: (request: string, street: string) =>
    call<{ words: HeardWord[] }>('GET', about(request, street, '/consents')),
  say: (request: string, street: string, words: readonly Word[]) =>
    call<{ words: HeardWord[] }>('POST', about(request, street, '/consents'), {
      words,
    }),
  note: (request: string, street: string, note: NoteErrand['note']) =>
    call<unknown>('POST', about(request, street, '/notes-to-audit'), {
      notes: [note],
    }),
  notes: (request: string, street: string, after: number) =>
    call<HandedNotes>('GET', `${about(request, street, '/notes')}&after=${after}`),
  tell: (request: string, street: string, note: TalkErrand['note'], sealed: NonNullable<TalkErrand['sealed']>) =>
    call<unknown>('POST', about(request, street, '/notes'), { notes: [{ ...note, ...sealed }] }),
  saw: (request: string, street: string, until: number) =>
    call<unknown>('POST', about(request, street, '/notes/seen'), { until }),
  erase: (request: string, street: string) => call<{ erasure: string }>('DELETE', about(request, street, '')),
  export: (request: string, street: string) => call<Record<string, unknown>>('GET', about(request, street, '/export')),
  profile: (change: ProfileErrand['change']) => call<unknown>('PATCH', '/api/members/me/profile', change),
  erasures: () => call<{ erasures: Erasure[] }>('GET', '/api/devices/this/erasures'),
  receipt: (erasure: string) => call<unknown>('POST', `/api/devices/this/erasures/${erasure}`, {}),
};
