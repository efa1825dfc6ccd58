import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Status } from '@worker/contract';
import { connect } from '@worker/connect';

/** A page whose worker does not come, or cannot be run by the browser. */
vi.mock('@pwa/trusted', () => ({ scriptUrl: (url: string) => url }));

let worker: { onmessage?: (event: object) => void; onerror?: () => void; postMessage: () => void };

beforeEach(() => {
  worker = { postMessage: () => undefined };
  const addEventListener = () => undefined;
  vi.stubGlobal('addEventListener', addEventListener);
  vi.stubGlobal('document', { addEventListener, hidden: false });
  vi.stubGlobal('Worker', function () {
    return worker;
  });
});

afterEach(() => vi.unstubAllGlobals());

const phasesOf = (phases: string[]) => (status: Status) => phases.push(`${status.phase} ${status.problem ?? ''}`);

test('a worker that never starts is said, instead of waiting for it for ever', () => {
  const phases: string[] = [];
  connect().status(phasesOf(phases));
  worker.onerror?.();
  expect(phases).toEqual(['broken not-started']);
});

test('a worker that started says itself what goes wrong', () => {
  const phases: string[] = [];
  connect().status(phasesOf(phases));
  worker.onmessage?.({ data: { say: 'status', status: { phase: 'ready', problem: null } } });
  worker.onerror?.();
  expect(phases).toEqual(['ready ']);
});
