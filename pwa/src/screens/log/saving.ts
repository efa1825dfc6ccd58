import type { SelfReliance } from '@worker/contract';
import { cases, kruispunt } from '@pwa/core.svelte';
import { joining } from '../tell/together';
import { pointedAt } from '../tell/pointed';

/** What is saved after a request, and what of it did not come along. The request itself is safe by then. */
export type Missed = 'link' | 'note';

interface Along {
  together: string | null;
  reliance: SelfReliance | null;
}

export async function comesAlong(request: string, { together, reliance }: Along): Promise<Missed[]> {
  const missed: Missed[] = [];
  if (together !== null) await link(request, together).catch(() => missed.push('link'));
  if (reliance !== null) {
    const note = { kind: 'self_reliance', level: reliance, suggested: true } as const;
    await cases.writeNote(request, 'care', note).catch(() => missed.push('note'));
  }
  return missed;
}

async function link(request: string, together: string): Promise<void> {
  const root = await pointedAt(together);
  for (const command of joining({ id: request, linked: [] }, root)) await kruispunt.command(command);
}
