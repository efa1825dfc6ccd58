/** How the core reads a command: what happens to a request after it was logged has one form there, told apart by its kind. */
import type { Command } from './contract';

const ENTRIES: Partial<Record<Command['type'], string>> = {
  triage_request: 'triaged',
  route_request: 'route',
  set_step: 'step',
  ask_helper: 'asked',
  assign_helper: 'assigned',
  let_go_helper: 'let_go',
  pass_request: 'passed',
  start_task: 'started',
  log_hours: 'hours',
  report_trouble: 'trouble',
  solve_request: 'solved',
  close_untold: 'untold',
  link_request: 'linked',
  merge_request: 'merged',
  split_request: 'split',
  take_up_request: 'taken_up',
  hand_back_request: 'handed_back',
  invite_talent: 'invited',
  welcome_talent: 'joined',
};

/** `{ type: 'x', … }` becomes `{ x: { … } }`. */
export function asCore({ type, ...rest }: Command): Record<string, unknown> {
  const kind = ENTRIES[type];
  if (kind === undefined) return { [type]: rest };
  const { minutes, why, ...others } = rest as { minutes?: number; why?: string | null; to?: string };
  // The lightest way needs no reason, and has none.
  const reason = others.to === 'informal' ? null : (why ?? null);
  return { add_entry: { ...others, kind, why: reason, n: minutes ?? null } };
}
