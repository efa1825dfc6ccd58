import type { Command, HistoryLine, RequestCard } from '@worker/contract';

/**
 * Requests of one household or street that belong together. Each points at one of them, or at none; what points at the
 * same one is a group (`core/src/view/card.rs`). So a group moves by pointing all of it at the other group's one.
 */
type Link = Extract<Command, { type: 'link_request' }>;

/** At which one a request points: the last word about it counts. */
export function rootOf(id: string, history: readonly HistoryLine[]): string {
  return [...history].reverse().find(({ kind }) => kind === 'linked')?.into ?? id;
}

/** Puts a request, and whatever belongs with it already, with the group around `root`. */
export function joining(request: Pick<RequestCard, 'id' | 'linked'>, root: string): Link[] {
  const all = [request.id, ...request.linked].filter((id) => id !== root);
  return all.map((id) => ({ type: 'link_request', request: id, into: root }));
}

/** Takes a request out of its group, which stays together without it. */
export function leaving(request: Pick<RequestCard, 'id' | 'linked'>, root: string): Link[] {
  const alone: Link = { type: 'link_request', request: request.id, into: request.id };
  if (root !== request.id) return [alone];
  // The others point at it: they get another one among them to point at.
  const [first] = request.linked;
  return first === undefined ? [] : request.linked.map((id) => ({ type: 'link_request', request: id, into: first }));
}
