import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Phone, initSync } from '@pwa/wasm/kruispunt_client.js';
import { Cases } from '@worker/cases/cases';
import type { Ground } from '@worker/cases/ground';
import { SealingKey } from '@worker/cases/sealing-key';
import { Shelf } from '@worker/cases/shelf';
import { NO_PROFILE, type Profile } from '@worker/contract';
import type { Effect, Put } from '@worker/effect';
import { Profiles, type Known } from '@worker/profile/profiles';
import type { SealingRecord } from '@worker/store';
import { Trouble } from '@worker/trouble';
import { onFile } from '@worker/unsent';

/** A volunteer fills in their profile: the real core, a store that is a map and a relay that is a few lines. */
const id = (digit: number) => Buffer.alloc(16, digit).toString('base64url');

class Relay {
  profile: Partial<Profile> | null = null;
  readonly taken: Partial<Profile>[] = [];
  refuses: string | undefined;
  /** What happens between reading the member and the answer. */
  meanwhile: () => unknown = () => undefined;

  me(): unknown {
    return {
      member: { id: id(1), first_name: 'Amina' },
      device: id(2),
      memberships: [{ area: id(3), role: 'volunteer' }],
      areas: [{ id: id(3), code: 'S', name: 'Lekstraat', kind: 'street', parent: null }],
      streets: [{ area: id(3), document: id(4) }],
      profile: this.profile && { ...NO_PROFILE, ...this.profile },
    };
  }

  take(change: Partial<Profile>): void {
    if (this.refuses) throw new Trouble(this.refuses);
    this.taken.push(change);
    this.profile = { ...this.profile, ...change };
  }
}

class Tab {
  live = false;
  readonly relay: Relay;
  readonly records = new Map<string, Uint8Array<ArrayBuffer>>();
  phone!: Phone;
  cases!: Cases;
  profiles!: Profiles;
  private kept: SealingRecord | undefined;

  constructor(relay: Relay) {
    this.relay = relay;
    this.starts();
  }

  /** The tab is opened, perhaps again: only the records are left. */
  starts(): void {
    const puts: Put[] = [...this.records];
    this.phone = new Phone(new Uint8Array(16).fill(9), puts);
    const ground: Ground = {
      keys: new SealingKey({
        sealingKey: () => Promise.resolve(this.kept),
        keepSealingKey: (record, replace) => {
          this.kept = this.kept && !replace ? this.kept : record;
          return Promise.resolve(this.kept);
        },
      }),
      device: () => id(2),
      member: () => id(1),
      followed: () => [],
      isSeen: () => false,
      command: () => Promise.resolve(),
      recordKey: () => null,
      request: () => null,
      forget: () => true,
      isLive: () => this.live,
      isOnline: () => this.live,
      isOnDisk: () => true,
      commit: (puts, deletes) => {
        for (const [key, bytes] of puts) this.records.set(key, bytes);
        for (const key of deletes) this.records.delete(key);
        this.cases.shelf.absorb(puts, deletes);
        this.cases.stirs();
        return Promise.resolve();
      },
      asMember: (call) => call('token'),
      asksWho: () => this.learns(),
      sign: () => Promise.resolve('signed'),
    };
    this.cases = new Cases(new Shelf(), ground);
    this.cases.shelf.load(puts);
    this.profiles = new Profiles(this.cases.shelf, {
      known: () => this.known,
      knows: (me) => this.knows(me),
      commit: (puts, deletes) => ground.commit(puts, deletes),
    });
    this.profiles.lays();
  }

  async learns(): Promise<void> {
    this.knows(
      await this.profiles.hears(async () => {
        const me = this.relay.me();
        await this.relay.meanwhile();
        return me;
      }),
    );
  }

  /** There is reception, as with every new line. */
  async comesBack(): Promise<void> {
    this.live = true;
    await this.learns();
    this.cases.stirs();
  }

  get profile(): Profile | null | undefined {
    return this.known?.profile;
  }

  get count(): { unsent: number; refused: number } {
    return this.cases.shelf.count();
  }

  private get known(): Known | undefined {
    const known = this.phone.me();
    return known ? (JSON.parse(known) as Known) : undefined;
  }

  private knows(me: Known): void {
    this.phone.know(me);
    for (const effect of this.phone.drain() as Effect[]) {
      if (effect[0] !== 'store') continue;
      for (const [key, bytes] of effect[2]) this.records.set(key, bytes);
      this.phone.stored(effect[1]);
    }
  }
}

let relay: Relay;
let amina: Tab;

beforeAll(() => {
  initSync({ module: readFileSync(new URL('../src/wasm/kruispunt_client_bg.wasm', import.meta.url)) });
});

beforeEach(async () => {
  relay = new Relay();
  amina = new Tab(relay);
  await amina.learns();
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (path === '/api/devices/this/erasures') return Promise.resolve(Response.json({ erasures: [] }));
    try {
      if (init.method === 'PATCH' && path === '/api/members/me/profile')
        relay.take(JSON.parse(init.body as string) as Partial<Profile>);
      return Promise.resolve(Response.json({}));
    } catch (thrown) {
      return Promise.resolve(Response.json({ key: (thrown as Trouble).key }, { status: 400 }));
    }
  });
});

afterEach(() => vi.unstubAllGlobals());

describe('a profile', () => {
  test('is not there before somebody says something', () => {
    expect(amina.profile).toBeNull();
  });

  test('is filled in without reception, outlives the tab, and is sent in order', async () => {
    await amina.profiles.set({ talents: ['groceries', 'company'], languages: ['nl', 'ber'] });
    await amina.profiles.set({ talents: ['company'] });
    const filledIn = { ...NO_PROFILE, talents: ['company'], languages: ['nl', 'ber'] };
    expect(amina.profile).toEqual(filledIn);
    expect(amina.count).toEqual({ unsent: 2, refused: 0 });
    expect(amina.cases.errands().waiting).toMatchObject([{ kind: 'profile', request: null }, { kind: 'profile' }]);

    amina.starts();
    expect(amina.profile).toEqual(filledIn);
    expect(relay.taken).toEqual([]);

    await amina.comesBack();
    await vi.waitFor(() => expect(amina.count).toEqual({ unsent: 0, refused: 0 }));
    expect(relay.taken).toEqual([
      { talents: ['groceries', 'company'], languages: ['nl', 'ber'] },
      { talents: ['company'] },
    ]);
    await amina.learns();
    expect(amina.profile).toEqual(filledIn);
  });

  test('is laid over the answer of a relay that has not heard of it yet', async () => {
    relay.profile = { reach: 'quarter', at_most: 2 };
    await amina.learns();
    await amina.profiles.set({ at_most: null, paused_until: 1_800_000_000_000 });
    await amina.learns();
    expect(amina.profile).toEqual({ ...NO_PROFILE, reach: 'quarter', paused_until: 1_800_000_000_000 });
  });

  test('that was stored before the core heard of it is there at the next start', async () => {
    await amina.profiles.set({ reach: 'street' });
    const me = amina.records.get('me');
    await amina.profiles.set({ reach: 'anywhere' });
    if (me) amina.records.set('me', me);
    amina.starts();
    expect(amina.profile?.reach).toBe('anywhere');
  });

  test('of an answer that was on its way while a change was taken is asked for again', async () => {
    await amina.profiles.set({ reach: 'street' });
    relay.meanwhile = () => {
      relay.meanwhile = () => undefined;
      amina.live = true;
      amina.cases.stirs();
      return vi.waitFor(() => expect(amina.count.unsent).toBe(0));
    };
    await amina.learns();
    expect(amina.profile?.reach).toBe('street');
  });

  test('that is refused is shown as it really is, and what was wanted among the errands', async () => {
    relay.profile = { reach: 'street' };
    await amina.profiles.set({ reach: 'anywhere' });
    expect(amina.profile?.reach).toBe('anywhere');
    relay.refuses = 'not-allowed';
    await amina.comesBack();
    await vi.waitFor(() => expect(amina.count).toEqual({ unsent: 0, refused: 1 }));
    await vi.waitFor(() => expect(amina.profile?.reach).toBe('street'));
    const [refused] = amina.cases.errands().refused;
    expect(refused).toMatchObject({ kind: 'profile', request: null, reason: 'not-allowed' });
    amina.starts();
    expect(amina.profile?.reach).toBe('street');
    expect(onFile([...amina.records], Date.now()).text).toContain('"reach": "anywhere"');
    await amina.cases.dismiss(refused?.id ?? '');
    expect(amina.count).toEqual({ unsent: 0, refused: 0 });
  });

  test('takes what another phone filled in beside what waits here', async () => {
    await amina.profiles.set({ languages: ['nl'] });
    relay.take({ free: [{ day: 'tue', part: 'morning' }] });
    await amina.comesBack();
    await vi.waitFor(() => expect(amina.count.unsent).toBe(0));
    const both = { ...NO_PROFILE, languages: ['nl'], free: [{ day: 'tue', part: 'morning' }] };
    expect(amina.profile).toEqual(both);
    expect(relay.profile).toEqual({ languages: ['nl'], free: [{ day: 'tue', part: 'morning' }] });
  });
});
