import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fromBase64url, read } from '@worker/bytes';
import { open, publicKeyOf, seal, toDevice } from '@worker/cases/sealing';
import { Trouble } from '@worker/trouble';
import { onFile } from '@worker/unsent';
import { type Asked, CARD, DEVICE, HELPER, NOBODYS, REQUEST, STREET, World, id, listens } from './kit/world';

/** Errands as a phone's worker does them. */
let world: World;

beforeEach(async () => {
  world = await World.begins();
  listens(world);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const heard = (asked: Asked) =>
  asked.path.includes('/consents') ? { words: [{ ...(asked.body['words'] as object[])[0], n: 1 }] } : {};

describe('an errand', () => {
  test('is on the disk sealed, and is sent in order once the relay has the request', async () => {
    world.request = { ...world.request, safety: 'here' };
    await world.saves();
    expect(world.text).not.toContain('4711');
    expect(world.text).not.toContain('Voorbeeld');
    expect(world.cases.shelf.count()).toEqual({ unsent: 2, refused: 0 });
    world.answer = heard;
    world.cases.stirs();
    await vi.waitFor(() => expect(world.asked.length).toBeGreaterThan(1));
    expect(world.errands).toEqual([]);

    world.request = { ...world.request, safety: 'sent' };
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 0 }));
    expect(world.errands).toEqual([
      `PUT /api/cases/${REQUEST}/card?street=${STREET}`,
      `POST /api/cases/${REQUEST}/consents?street=${STREET}`,
    ]);
    const sent = world.asked.find(({ method, path }) => method === 'PUT' && path.includes('/card'))?.body;
    const { enc, sealed, key } = sent as { enc: string; sealed: string; key: string };
    expect(key).toBe(world.recordKey?.id);
    const content = await open(world.recordKeys, 'kruispunt/card/1', fromBase64url(REQUEST), { enc, sealed });
    expect(read(content)).toEqual(CARD);
    expect(world.cases.view(REQUEST).consents).toContainEqual(
      expect.objectContaining({ recipient: 'volunteer', stands: true, waiting: false }),
    );
  });

  test('survives the tab, and is read by the one who wrote it before it is sent', async () => {
    world.live = false;
    await world.saves();
    world.starts();
    expect(world.cases.shelf.count().unsent).toBe(2);
    expect(world.cases.view(REQUEST).card).toBe('waiting');
    expect(await world.cases.open(REQUEST, null)).toMatchObject({ card: CARD, offline: true });
    expect(world.asked).toEqual([]);
  });

  test('is sealed again to the key the relay has now', async () => {
    await world.saves();
    await world.turnsRecordKey(4);
    const old = world.recordKey;
    world.answer = (asked) => {
      if (asked.method === 'PUT' && asked.path.includes('/card') && asked.body['key'] !== world.recordKey?.id)
        throw new Trouble('record-key-unknown');
      return heard(asked);
    };
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 0 }));
    const last = world.asked.findLast(({ path }) => path.includes('/card?'))?.body as {
      enc: string;
      sealed: string;
      key: string;
    };
    expect(last.key).not.toBe(old?.id);
    expect(read(await open(world.recordKeys, 'kruispunt/card/1', fromBase64url(REQUEST), last))).toEqual(CARD);
  });

  test('that is refused stays with its reason, and holds up no other', async () => {
    await world.saves();
    world.answer = (asked) => {
      if (asked.path.includes('/card')) throw new Trouble('not-allowed');
      return heard(asked);
    };
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 1 }));
    world.starts();
    const [refused] = world.cases.errands().refused;
    expect(refused).toMatchObject({ kind: 'card', request: REQUEST, reason: 'not-allowed' });
    const { text, pieces } = onFile(world.puts, Date.now());
    expect(pieces).toBe(1);
    expect(text).toContain('"errand": "card"');
    expect(text).not.toContain('4711');
    await world.cases.dismiss(refused?.id ?? '');
    expect(world.records.size).toBe(1);
  });

  test('that holds the card of what was solved before there was reception is needed by nobody', async () => {
    await world.saves();
    world.request = { ...world.request, stage: 'solved' };
    world.answer = (asked) => {
      if (asked.path.includes('/card')) throw new Trouble('case-closed');
      return heard(asked);
    };
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 0 }));
    expect(world.cases.errands().refused).toEqual([]);
  });

  test('waits longer and longer while the relay does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await world.saves();
    world.answer = (asked) => {
      if (asked.path.includes('/api/cases')) throw new Trouble('unavailable');
      return {};
    };
    world.cases.stirs();
    await vi.waitFor(() => expect(world.errands).toHaveLength(1));
    // Whatever stirs meanwhile, nobody asks before it is time to.
    for (let times = 0; times < 20; times++) world.cases.stirs();
    expect(world.errands).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(600);
    await vi.waitFor(() => expect(world.errands).toHaveLength(2));
    world.answer = heard;
    await vi.advanceTimersByTimeAsync(1_100);
    await vi.waitFor(() => expect(world.cases.shelf.count().unsent).toBe(0));
  });
});

describe('a card from the relay', () => {
  async function sealsToDevice(expiresAt: number): Promise<unknown> {
    const half = world.asked.find(({ path }) => path.endsWith('/sealing-key'))?.body['public_key'] as string;
    const about = toDevice(REQUEST, DEVICE, expiresAt);
    const content = new TextEncoder().encode(JSON.stringify(CARD));
    return {
      ...(await seal(await publicKeyOf(half), 'kruispunt/card-to-device/1', about, content)),
      expires_at: expiresAt,
    };
  }

  async function isOpened(expiresAt: number): Promise<void> {
    world.cases.stirs();
    await vi.waitFor(() => expect(world.asked.some(({ path }) => path.endsWith('/sealing-key'))).toBe(true));
    const sealed = await sealsToDevice(expiresAt);
    world.answer = ({ path }) => (path.includes('/open') ? sealed : {});
    expect(await world.cases.open(REQUEST, null)).toEqual({ card: CARD, expires_at: expiresAt, offline: false });
  }

  test('opens again without reception, which is noted for the audit', async () => {
    world.request = { ...world.request, can: HELPER };
    await isOpened(Date.now() + 60_000);
    expect(world.text).not.toContain('4711');
    world.live = false;
    world.starts();
    expect(await world.cases.open(REQUEST, null)).toMatchObject({ card: CARD, offline: true });
    expect(world.cases.shelf.waiting(REQUEST).map(([, errand]) => errand)).toMatchObject([
      { kind: 'note', note: { deed: 'opened-offline', reason: null } },
    ]);
  });

  test('goes when the board says that it is no longer this member’s', async () => {
    world.request = { ...world.request, can: HELPER };
    await isOpened(Date.now() + 60_000);
    expect(world.records.has(`c/${REQUEST}`)).toBe(true);
    world.live = false;
    world.request = { ...world.request, can: NOBODYS };
    world.cases.stirs();
    await vi.waitFor(() => expect(world.records.has(`c/${REQUEST}`)).toBe(false));
    await expect(world.cases.open(REQUEST, null)).rejects.toThrow('card-not-here');
  });

  test('goes when its time is over, and when the resident took their word back', async () => {
    world.request = { ...world.request, can: HELPER };
    await isOpened(Date.now() - 1);
    world.cases.stirs();
    await vi.waitFor(() => expect(world.records.has(`c/${REQUEST}`)).toBe(false));

    await isOpened(Date.now() + 60_000);
    world.answer = () => ({
      words: [
        { id: id(1), n: 1, purpose: 'help', recipient: 'volunteer', given: false, how: 'spoken', at: 1, after: 0 },
      ],
    });
    await world.cases.hear(REQUEST);
    world.cases.stirs();
    await vi.waitFor(() => expect(world.records.has(`c/${REQUEST}`)).toBe(false));
  });

  test('in acute danger without reception the reason is kept for the audit', async () => {
    world.live = false;
    await expect(world.cases.open(REQUEST, 'violence')).rejects.toThrow('card-not-here');
    expect(world.cases.shelf.waiting(REQUEST).map(([, errand]) => errand)).toMatchObject([
      { kind: 'note', note: { deed: 'danger', reason: 'violence' } },
    ]);
  });
});

describe('consent', () => {
  test('that is withdrawn here no longer stands here, also without reception', async () => {
    await world.saves();
    world.answer = heard;
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.shelf.count().unsent).toBe(0));
    world.live = false;
    await world.cases.say(REQUEST, [{ purpose: 'help', recipient: 'volunteer', given: false }], 'spoken');
    expect(world.cases.view(REQUEST).consents).toContainEqual(
      expect.objectContaining({ recipient: 'volunteer', stands: false, waiting: true }),
    );
  });
});

describe('an erasure', () => {
  beforeEach(() => {
    const before = globalThis.fetch;
    vi.stubGlobal('fetch', (path: string, init: RequestInit) =>
      path === '/api/devices/this/erasures' && init.method === 'GET'
        ? Promise.resolve(Response.json({ erasures: [{ id: id(5), kind: 'case', subject: REQUEST }] }))
        : before(path, init),
    );
  });

  const receipts = () => world.asked.filter(({ path }) => path === `/api/devices/this/erasures/${id(5)}`);

  test('takes everything about the request, and says so only when that is true', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    world.request = { ...world.request, safety: 'here' };
    await world.saves();
    world.onDisk = false;
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.shelf.count().unsent).toBe(0));
    expect(receipts()).toEqual([]);

    // As its clock does every few seconds.
    const ticks = async () => {
      vi.setSystemTime(Date.now() + 5_000);
      world.cases.stirs();
      await new Promise((done) => setImmediate(done));
    };
    world.onDisk = true;
    await ticks();
    // The board still has it: the street has not come anew yet.
    expect(receipts()).toEqual([]);
    world.request = null;
    await ticks();
    await vi.waitFor(() => expect(receipts()).toHaveLength(1));
    await vi.waitFor(() => expect(world.records.size).toBe(0));
  });

  test('is heard of within ten minutes by a phone that stays connected', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const before = globalThis.fetch;
    let erasures: unknown[] = [];
    vi.stubGlobal('fetch', (path: string, init: RequestInit) =>
      path === '/api/devices/this/erasures' && init.method === 'GET'
        ? Promise.resolve(Response.json({ erasures }))
        : before(path, init),
    );
    world.request = null;
    world.cases.stirs();
    await vi.waitFor(() => expect(world.asked.some(({ path }) => path.endsWith('/sealing-key'))).toBe(true));
    await new Promise((done) => setImmediate(done));
    // A member whose name stands on no board: none comes anew.
    erasures = [{ id: id(5), kind: 'member', subject: id(6) }];
    vi.setSystemTime(Date.now() + 9 * 60_000);
    world.cases.stirs();
    await new Promise((done) => setImmediate(done));
    expect(receipts()).toEqual([]);
    vi.setSystemTime(Date.now() + 60_000);
    world.cases.stirs();
    await vi.waitFor(() => expect(receipts()).toHaveLength(1));
  });
});
