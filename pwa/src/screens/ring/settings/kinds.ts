import type { NoticeKind, Role } from '@worker/contract';

/** Which kinds of notices somebody with a role may get, in the order in which they are shown. */
const HEARS: Record<NoticeKind, readonly Role[]> = {
  task: ['volunteer'],
  asked: ['volunteer'],
  confirmed: ['volunteer'],
  lost: ['volunteer'],
  matched: ['ambassador', 'coordinator'],
  feedback_due: ['ambassador', 'coordinator'],
  stale: ['coordinator'],
  bottleneck: ['coordinator', 'process_manager'],
  brought: ['organisation_contact', 'neighbourhood_team'],
  intake: ['coordinator'],
  note: ['ambassador', 'volunteer', 'coordinator', 'organisation_contact', 'neighbourhood_team'],
  joined: ['coordinator', 'file_manager', 'steward'],
};

export function kindsFor(roles: readonly Role[]): NoticeKind[] {
  return (Object.keys(HEARS) as NoticeKind[]).filter((kind) => HEARS[kind].some((role) => roles.includes(role)));
}
