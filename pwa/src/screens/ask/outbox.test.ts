import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox } from './outbox.svelte';
import type { Sealed } from './relay';

const KEY = { id: 'new-key', public_key: 'point' };
const body = (id: string, key = 'key'): Sealed => ({ id, key });
let sent: Sealed[];
let answers: (() => Response)[];

const says = (status: number, key?: string) => () => new Response(JSON.stringify({ key, record_key: KEY }), { status });
const silence = () => {
  throw new TypeError('no network');
};

beforeEach(() => {
  sent = [];
  answers = [];
  vi.useFakeTimers();
  vi.stubGlobal('fetch', (_: string, { body }: RequestInit) => {
    if (typeof body === 'string') sent.push(JSON.parse(body) as Sealed);
    const answer = answers.shift() ?? says(201);
    return new Promise((done) => done(answer()));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('what is sent', () => {
  it('arrives', async () => {
    const outbox = new Outbox('code');
    expect(await outbox.post({ body: body('a'), again: null })).toBe('sent');
    expect([outbox.waiting, sent.length]).toEqual([0, 1]);
  });

  it.each([
    [404, 'form-closed', 'form-closed'],
    [409, 'form-full', 'form-full'],
    [400, 'request-invalid', 'failed'],
  ] as const)('is told when it is not taken: %i', async (status, key, told) => {
    answers = [says(status, key)];
    const outbox = new Outbox('code');
    expect(await outbox.post({ body: body('a'), again: null })).toBe(told);
    expect(outbox.waiting).toBe(0);
  });

  it('waits for reception, and goes by itself', async () => {
    answers = [silence, silence];
    const outbox = new Outbox('code');
    expect(await outbox.post({ body: body('a'), again: null })).toBe('waits');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(outbox.waiting).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(outbox.waiting).toBe(0);
    expect(sent.map(({ id }) => id)).toEqual(['a', 'a', 'a']);
  });

  it('waits its turn where many ask, and keeps the order', async () => {
    answers = [says(429, 'too-fast'), silence];
    const outbox = new Outbox('code');
    await outbox.post({ body: body('a'), again: null });
    await outbox.post({ body: body('b'), again: null });
    expect(outbox.waiting).toBe(2);
    await outbox.tryNow();
    expect(outbox.waiting).toBe(0);
    expect(sent.map(({ id }) => id)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('is sealed anew when the relay has another key', async () => {
    answers = [says(410, 'record-key-unknown'), says(200)];
    const outbox = new Outbox('code');
    const again = (key: typeof KEY) => Promise.resolve(body('a', key.id));
    expect(await outbox.post({ body: body('a'), again })).toBe('sent');
    expect(sent.map(({ key }) => key)).toEqual(['key', 'new-key']);
  });

  it('of whoever left cannot be sealed anew, since nothing of it is readable here', async () => {
    answers = [silence];
    const outbox = new Outbox('code');
    const again = vi.fn();
    await outbox.post({ body: body('a'), again });
    outbox.forget();
    answers = [says(410, 'record-key-unknown')];
    await outbox.tryNow();
    expect(again).not.toHaveBeenCalled();
    expect([outbox.waiting, outbox.last, outbox.lost]).toEqual([0, 'failed', 1]);
  });
});
