import type { Question, Ringing } from '@worker/contract';
import type { Listener } from './subscription';

/** The relay as somebody who may ring here, by whichever way questions go to it. */
export function listenerOf(ask: (question: Question) => Promise<unknown>): Listener {
  return {
    key: async () => ((await ask({ method: 'GET', path: '/api/push' })) as Ringing).key,
    take: (subscription) => ask({ method: 'PUT', path: '/api/devices/this/push', body: subscription }),
  };
}
