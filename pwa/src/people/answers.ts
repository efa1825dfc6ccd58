import type { Role } from '@worker/contract';

/** What the relay answers about people, and what it is asked to do: see `docs/INTERFACE.md`. */
export interface Place {
  id: string;
  name: string;
  kind: string;
  parent: string | null;
}

/** Who asks, as far as these screens need it. */
export interface Asker {
  member: { id: string; first_name: string };
  memberships: Membership[];
  areas: Place[];
  passkey?: 'none' | 'offered' | 'needed' | null;
  verified_until?: number | null;
}

export interface Membership {
  area: string;
  role: Role;
}

export interface Member {
  id: string;
  first_name: string;
  memberships: Membership[];
  devices: number;
  came_in: boolean;
  may_manage: boolean;
}

export interface Phone {
  id: string;
  created_at: number;
  seen_at: number | null;
  revoked_at: number | null;
  this: boolean;
}

/** A secret lets in whoever has it, once: it is held in memory while a screen shows it, and nowhere else. */
export interface Secret {
  secret: string;
  expires_at: number;
}

export interface Invited extends Secret {
  id: string;
  member: string;
  first_name: string;
}

export interface OpenInvitation {
  id: string;
  member: string;
  first_name: string;
  area: string;
  role: Role;
  by: string | null;
  made_at: number;
  expires_at: number;
}

export interface Wish {
  area: string;
  role: Role;
  first_names: string[];
  days: number;
}

export interface Entry {
  id: string;
  at: number;
  member: string | null;
  first_name: string | null;
  deed: string;
  area: string | null;
  subject: string | null;
  detail: string | null;
}

export interface RefusedPiece {
  id: string;
  area: string;
  member: string;
  first_name: string | null;
  device: string;
  reason: string;
  at: number;
  bytes: number;
}

export interface Operation {
  path: string;
  value: unknown;
}

export interface Erasure {
  id: string;
  kind: 'case' | 'member';
  subject: string;
  asked_at: number;
  done_at: number | null;
  waits: { device: string; member: string; first_name: string | null }[];
}

export const TERMS = ['closed_request_days', 'inactive_member_days', 'audit_days', 'refused_days'] as const;
export type Term = (typeof TERMS)[number];
export type Retention = Record<Term, number>;

export interface Passkey {
  id: string;
  created_at: number;
  used_at: number | null;
}
