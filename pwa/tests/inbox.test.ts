import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Notice } from '@worker/inbox/contract';
import { merged, unseenOf } from '@worker/inbox/inbox';
import { Trouble } from '@worker/trouble';
import { onFile } from '@worker/unsent';
import { AUTHOR, NOBODYS, REQUEST, World, id, listens } from './kit/world';

/** The inbox as a phone's worker keeps it. */
let world: World;
let told: Notice[];

const notice = (digit: number, more: Partial<Notice> = {}): Notice => ({
  id: id(digit),
  kind: 'task',
  request: REQUEST,
  area: null,
  word: 'chores',
  at: 1_000 + digit,
  seen: false,
  ...more,
});

beforeEach(async () => {
  world = await World.begins();
  listens(world);
  told = [notice(11), notice(12, { request: null, kind: 'joined' })];
  world.answer = ({ path }) => (path === '/api/notices' ? { notices: told, unseen: 2 } : {});
});

afterEach(() => vi.unstubAllGlobals());

const seenAt = () => world.cases.shelf.inbox.notices.map(({ seen }) => seen);
const marked = () => world.asked.filter(({ path }) => path === '/api/notices/seen').map(({ body }) => body);

describe('what the relay tells', () => {
  test('is on the phone, also for the next start without reception', async () => {
    await world.cases.hearNotices();
    world.live = false;
    world.starts();
    expect(world.cases.shelf.inbox.notices).toEqual(told);
    await expect(world.cases.hearNotices()).rejects.toMatchObject({ key: 'no-network' });
    expect(world.cases.shelf.inbox.notices).toEqual(told);
  });

  test('is asked for while somebody looks, and when a push came', async () => {
    world.cases.stirs();
    expect(world.asked.some(({ path }) => path === '/api/notices')).toBe(false);
    world.seen = true;
    world.cases.rings();
    await vi.waitFor(() => expect(world.cases.shelf.inbox.notices).toHaveLength(2));
  });

  test('never makes unseen what was seen here', () => {
    const known = [notice(11, { seen: true })];
    expect(merged([notice(11), notice(12)], known).map(({ seen }) => seen)).toEqual([true, false]);
    expect(merged([notice(11, { seen: true })], []).map(({ seen }) => seen)).toEqual([true]);
  });

  test('is no more once the relay has it no more', async () => {
    await world.cases.hearNotices();
    told = [];
    await world.cases.hearNotices();
    expect(world.cases.shelf.inbox.notices).toEqual([]);
  });
});

test('what is erased leaves the inbox before this phone says that it holds nothing of it', async () => {
  await world.cases.hearNotices();
  world.request = null;
  vi.stubGlobal('fetch', erasing);
  world.cases.stirs();
  await vi.waitFor(() => expect(world.cases.shelf.inbox.notices.map(({ kind }) => kind)).toEqual(['joined']));
});

function erasing(path: string): Promise<Response> {
  const erasures = path.endsWith('/erasures') ? [{ id: id(5), kind: 'case', subject: REQUEST }] : [];
  return Promise.resolve(Response.json({ erasures }));
}

describe('what somebody saw', () => {
  test('is meant by its identifiers, by its request, or all of it', () => {
    const all = [notice(11), notice(12, { request: null }), notice(13, { seen: true })];
    expect(unseenOf(all, { ids: [id(12), id(13)] })).toEqual([id(12)]);
    expect(unseenOf(all, { request: REQUEST })).toEqual([id(11)]);
    expect(unseenOf(all, { all: true })).toEqual([id(11), id(12)]);
  });

  test('is told to the relay once', async () => {
    await world.cases.hearNotices();
    await world.cases.seeNotices({ request: REQUEST });
    await world.cases.seeNotices({ request: REQUEST });
    expect(seenAt()).toEqual([true, false]);
    await vi.waitFor(() => expect(marked()).toEqual([{ ids: [id(11)] }]));
    await vi.waitFor(() => expect(world.cases.shelf.errands.size).toBe(0));
  });

  test('without reception is told later, is no unsent work, and stays seen meanwhile', async () => {
    await world.cases.hearNotices();
    world.live = false;
    await world.cases.seeNotices({ all: true });
    world.starts();
    expect(seenAt()).toEqual([true, true]);
    expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 0 });
    expect(world.cases.errands()).toEqual({ waiting: [], refused: [] });
    world.live = true;
    world.cases.stirs();
    await vi.waitFor(() => expect(marked()).toEqual([{ ids: [id(11), id(12)] }]));
  });
});

describe('an answer to a notification', () => {
  const claims = { ...NOBODYS, claim: true, pass: true };

  test('is the same deed as on the screen', async () => {
    world.request = { id: REQUEST, safety: 'sent', my_claim: null, can: claims };
    expect(await world.cases.reply(REQUEST, 'accept')).toBe('done');
    expect(await world.cases.reply(REQUEST, 'not_now')).toBe('done');
    expect(world.commands).toEqual([
      { type: 'claim_request', request: REQUEST },
      { type: 'pass_request', request: REQUEST, why: 'not_now' },
    ]);
  });

  test('that was given already, perhaps on another phone, is not given again', async () => {
    world.request = { id: REQUEST, safety: 'sent', my_claim: 'matched', can: AUTHOR };
    expect(await world.cases.reply(REQUEST, 'accept')).toBe('done');
    world.request = { id: REQUEST, safety: 'sent', my_claim: null, can: { ...claims, pass: false } };
    expect(await world.cases.reply(REQUEST, 'not_now')).toBe('done');
    expect(world.commands).toEqual([]);
  });

  test('"not now" takes no help back that was offered, and does not say so either', async () => {
    world.request = { id: REQUEST, safety: 'sent', my_claim: 'matched', can: { ...claims, pass: false } };
    await expect(world.cases.reply(REQUEST, 'not_now')).rejects.toMatchObject({ key: 'already-helping' });
    expect(world.commands).toEqual([]);
  });

  test('about a request that did not come yet waits, also over a start, and is given then', async () => {
    world.request = null;
    world.live = false;
    expect(await world.cases.reply(REQUEST, 'accept')).toBe('waits');
    world.starts();
    expect(world.cases.shelf.count()).toEqual({ unsent: 1, refused: 0 });
    expect(onFile(world.puts, 0).text).toContain('accept');
    world.live = true;
    world.cases.stirs();
    expect(world.commands).toEqual([]);
    world.request = { id: REQUEST, safety: 'sent', my_claim: null, can: claims };
    await vi.waitFor(() => {
      world.cases.stirs();
      expect(world.commands).toEqual([{ type: 'claim_request', request: REQUEST }]);
    });
    await vi.waitFor(() => expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 0 }));
  });

  test('that comes too late is for its author to read', async () => {
    world.request = null;
    world.live = false;
    await world.cases.reply(REQUEST, 'accept');
    world.refuses = new Trouble('already-closed');
    world.request = { id: REQUEST, safety: 'sent', my_claim: null, can: claims };
    world.live = true;
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.errands().refused).toHaveLength(1));
    expect(world.cases.errands().refused).toMatchObject([{ kind: 'reply', reason: 'already-closed' }]);
  });
});
