import { kruispunt } from '@pwa/core.svelte';
import { rootOf } from './together';

/** At which request another one points now: its story says so. */
export function pointedAt(id: string): Promise<string> {
  return new Promise((found) => {
    const stop = kruispunt.watch({ view: 'request', id }, ({ history }) => {
      found(rootOf(id, history));
      // It may call back before it is known how to stop it.
      queueMicrotask(() => stop());
    });
  });
}
