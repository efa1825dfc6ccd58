import { ask } from './core.svelte';
import type { Entry, Invited, Membership, Operation, Retention, Secret, Wish } from './people/answers';

export * from './people/answers';

export type Path = `/api/${string}`;
const post = <T>(path: Path, body: unknown) => ask<T>({ method: 'POST', path, body });
const remove = (path: Path, body?: unknown) =>
  ask<{ erasure?: string } | undefined>({ method: 'DELETE', path, ...(body !== undefined && { body }) });

/** The addresses of what can be read. */
export const paths = {
  me: '/api/me' as Path,
  members: (area: string): Path => `/api/members?area=${area}`,
  phones: (member: string): Path => `/api/members/${member}/devices`,
  invitations: (area: string): Path => `/api/invitations?area=${area}`,
  audit: (area: string, before: string | null): Path =>
    `/api/audit?area=${area}&limit=50${before === null ? '' : `&before=${before}`}`,
  refused: (area: string): Path => `/api/refused?area=${area}`,
  erasures: (area: string): Path => `/api/erasures?area=${area}`,
  retention: '/api/retention' as Path,
  passkeys: '/api/passkeys' as Path,
};

export const people = {
  invite: (wish: Wish) => post<{ invitations: Invited[] }>('/api/invitations', wish),
  withdraw: (invitation: string) => remove(`/api/invitations/${invitation}`),
  give: (member: string, membership: Membership) =>
    ask<undefined>({ method: 'PUT', path: `/api/members/${member}/memberships`, body: membership }),
  end: (member: string, membership: Membership) => remove(`/api/members/${member}/memberships`, membership),
  lock: (member: string, device: string) => remove(`/api/members/${member}/devices/${device}`),
  /** One's own: another phone of mine, within ten minutes. Somebody else's: they are let back in, within a day. */
  letIn: (member: string) => post<Secret>(`/api/members/${member}/invitation`, {}),
  erase: (member: string) => remove(`/api/members/${member}`),
  held: (member: string) => ask<unknown>({ method: 'GET', path: `/api/members/${member}/export` }),
  audit: (area: string, before: string | null) =>
    ask<{ entries: Entry[] }>({ method: 'GET', path: paths.audit(area, before) }),
  openRefused: (piece: string) => post<{ operations: Operation[] }>(`/api/refused/${piece}/open`, {}),
  throwAway: (piece: string) => remove(`/api/refused/${piece}`),
  keepFor: (terms: Retention) => ask<undefined>({ method: 'PUT', path: paths.retention, body: terms }),
};

/** What somebody opens to come in. The secret is behind the `#`, which no browser ever sends. */
export const linkOf = ({ secret }: Secret) => `${location.origin}/#/start/${secret}`;
