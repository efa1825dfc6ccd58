import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { Phone, initSync } from '@pwa/wasm/kruispunt_client.js';
import type { Effect, Put } from '@worker/effect';

/** The core as the phone runs it: real wasm, driven through its bindings, with a store that is a map. */
const id = (digit: number) => Buffer.alloc(16, digit).toString('base64url');
const bytes = (digit: number) => new Uint8Array(16).fill(digit);

const ME = {
  member: { id: id(1), first_name: 'Fatma' },
  device: id(2),
  memberships: [{ area: id(3), role: 'ambassador' }],
  areas: [{ id: id(3), code: 'S', name: 'Lekstraat', kind: 'street', parent: null }],
  streets: [{ area: id(3), document: id(4) }],
};

const COFFEE = {
  log_request: {
    area: id(3),
    theme: 'company',
    ask: 'coffee',
    day: 'tue',
    part: null,
    urgency: 'this_week',
    repeat: 'weekly',
  },
};

const NOW = 1_790_000_000_000;

class Store {
  readonly records = new Map<string, Uint8Array<ArrayBuffer>>();

  keep(phone: Phone): Effect[] {
    const effects = phone.drain() as Effect[];
    for (const effect of effects) {
      if (effect[0] !== 'store') continue;
      for (const [key, value] of effect[2]) this.records.set(key, value);
      for (const key of effect[3]) this.records.delete(key);
      phone.stored(effect[1]);
    }
    return effects;
  }

  get puts(): Put[] {
    return [...this.records];
  }
}

const view = (phone: Phone, query: unknown): unknown => JSON.parse(phone.view(query, Date.now()) ?? 'null');
const safekeeping = (phone: Phone): unknown => JSON.parse(phone.safekeeping());

beforeAll(() => {
  const wasm = readFileSync(new URL('../src/wasm/kruispunt_client_bg.wasm', import.meta.url));
  initSync({ module: wasm });
});

describe('a phone', () => {
  function fatma(store: Store): Phone {
    const phone = new Phone(bytes(9), store.puts);
    phone.know(ME);
    store.keep(phone);
    return phone;
  }

  test('leaves the records of cases alone, which are not its own', () => {
    const store = new Store();
    fatma(store);
    const aside: Put[] = ['e/0123', `c/${id(7)}`, `w/${id(7)}`, `n/${id(7)}/${id(8)}`, `s/${id(7)}`, 'p'].map((key) => [
      key,
      bytes(1),
    ]);
    const phone = new Phone(bytes(8), [...store.puts, ...aside]);
    phone.absorb(
      aside,
      aside.map(([key]) => key),
    );
    expect(safekeeping(phone)).toMatchObject({ unsent: 0, refused: 0 });
  });

  test('keeps what was logged through a restart', () => {
    const store = new Store();
    const [request, batch] = fatma(store).command(COFFEE, bytes(7), NOW) as [string, number];
    expect(request).toBe(id(7));
    expect(batch).toBeGreaterThan(0);
    // The tab died before its batch was stored: nothing of it is there, and nobody said it was.
    const lost = new Phone(bytes(8), store.puts);
    expect(view(lost, { request: { id: request } })).toEqual({ request: null, history: [] });

    const phone = fatma(store);
    phone.command(COFFEE, bytes(7), NOW);
    store.keep(phone);
    const again = new Phone(bytes(8), store.puts);
    const { in_street: cards } = view(again, { street: { area: id(3) } }) as { in_street: unknown[] };
    expect(cards).toHaveLength(1);
    expect(cards[0]).toMatchObject({
      id: id(7),
      street: 'Lekstraat',
      theme: 'company',
      ask: 'coffee',
      day: 'tue',
      stage: 'open',
      safety: 'here',
      logged_at: NOW,
      mine: true,
      can: { claim: false, withdraw: true },
    });
    expect(safekeeping(again)).toEqual({ link: 'offline', unsent: 1, refused: 0 });
  });

  test('sends only what is stored, and greets first', () => {
    const store = new Store();
    const phone = fatma(store);
    phone.command(COFFEE, bytes(7), NOW);
    store.keep(phone);
    phone.lead();
    phone.network(true);
    expect(phone.drain()).toContainEqual(['connect', 0]);
    phone.connected('token', NOW);
    const [hello] = (phone.drain() as Effect[]).filter((effect) => effect[0] === 'send');
    expect(hello?.[1]?.[1]).toBe(1);
    // welcome: [2, { version: 1, now: 0, following: 0 }]
    phone.frame(Uint8Array.from([0x82, 0x02, 0xa3, 0x00, 0x01, 0x01, 0x00, 0x02, 0x00]), NOW);
    const pushes = (phone.drain() as Effect[]).filter((effect) => effect[0] === 'send');
    expect(pushes).toHaveLength(1);
    expect(pushes[0]?.[1]?.[1]).toBe(3);
    expect(safekeeping(phone)).toMatchObject({ link: 'online', unsent: 1 });
  });

  test('says by name and key what it will not do', () => {
    const phone = fatma(new Store());
    const refused = (): unknown => phone.command({ claim_request: { request: id(5) } }, bytes(7), NOW);
    expect(refused).toThrow(expect.objectContaining({ name: 'Refused', message: 'unknown-document' }));
    const shapeless = (): unknown => phone.command({ dance: {} }, bytes(7), NOW);
    expect(shapeless).toThrow(expect.objectContaining({ name: 'Conversion' }));
    const broken = () => new Phone(bytes(1), [['me', Uint8Array.from([1, 2, 3])]]);
    expect(broken).toThrow(expect.objectContaining({ name: 'Storage' }));
    expect(safekeeping(phone)).toMatchObject({ unsent: 0 });
  });

  test('rubbish on the line ends the connection and nothing else', () => {
    const store = new Store();
    const phone = fatma(store);
    phone.command(COFFEE, bytes(7), NOW);
    store.keep(phone);
    phone.frame(Uint8Array.from([0xff, 0x00, 0x13]), NOW);
    expect(phone.drain()).toContainEqual(['close']);
    expect(safekeeping(phone)).toMatchObject({ unsent: 1 });
  });
});
