import { vi } from 'vitest';
import { Cases } from '@worker/cases/cases';
import { NOBODY } from '@worker/cases/contract';
import type { Ground } from '@worker/cases/ground';
import { publicHalf } from '@worker/cases/sealing';
import { SealingKey, makeKeys } from '@worker/cases/sealing-key';
import { Shelf } from '@worker/cases/shelf';
import type { Command, RequestCard } from '@worker/contract';
import type { Put } from '@worker/effect';
import type { SealingRecord } from '@worker/store';
import type { Trouble } from '@worker/trouble';

/** A phone's worker and what it stands on: a store that is a map and a relay that is a function. */
export const id = (digit: number) => Buffer.alloc(16, digit).toString('base64url');
export const REQUEST = id(7);
export const STREET = id(3);
export const DEVICE = id(2);
export const ME = id(8);
export const CARD = { ...NOBODY, name: 'Mevrouw Voorbeeld', phone: '06 0000 4711' };
export const ENTRY = {
  card: CARD,
  consents: [{ purpose: 'help', recipient: 'volunteer', given: true }],
  how: 'spoken',
} as const;

export const NOBODYS: RequestCard['can'] = {
  claim: false,
  pass: false,
  release: false,
  start: false,
  done: false,
  hours: false,
  trouble: false,
  feedback: false,
  close_untold: false,
  solve: false,
  withdraw: false,
  link: false,
  triage: false,
  take_up: false,
  hand_back: false,
  invite: false,
  notes: false,
  open_card: false,
  keep_card: false,
  share_in_danger: false,
  erase: false,
};
export const AUTHOR = { ...NOBODYS, notes: true, open_card: true, keep_card: true, share_in_danger: true };
export const HELPER = { ...NOBODYS, notes: true, open_card: true };

export interface Asked {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

export class World {
  readonly records = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly asked: Asked[] = [];
  answer: (asked: Asked) => unknown = () => ({});
  live = true;
  onDisk = true;
  seen = false;
  readonly commands: Command[] = [];
  /** Why the core would not do what it is asked. */
  refuses: Trouble | undefined;
  /** The requests whose notes somebody looks at. */
  followed: string[] = [];
  request: Partial<RequestCard> | null = { id: REQUEST, area: STREET, safety: 'sent', can: AUTHOR };
  recordKeys!: CryptoKeyPair;
  recordKey: { id: string; public_key: string } | null = null;
  cases!: Cases;
  private kept: SealingRecord | undefined;

  static async begins(): Promise<World> {
    const world = new World();
    await world.turnsRecordKey(1);
    world.starts();
    return world;
  }

  async turnsRecordKey(number: number): Promise<void> {
    this.recordKeys = await makeKeys();
    this.recordKey = { id: id(number), public_key: await publicHalf(this.recordKeys) };
  }

  /** The tab is opened, perhaps again: only the records are left. */
  starts(): void {
    const keys = new SealingKey({
      sealingKey: () => Promise.resolve(this.kept),
      keepSealingKey: (record, replace) => {
        this.kept = this.kept && !replace ? this.kept : record;
        return Promise.resolve(this.kept);
      },
    });
    const ground: Ground = {
      keys,
      device: () => DEVICE,
      member: () => ME,
      isSeen: () => this.seen,
      command: (command) => {
        if (this.refuses) return Promise.reject(this.refuses);
        this.commands.push(command);
        return Promise.resolve();
      },
      followed: () => this.followed,
      recordKey: () => this.recordKey,
      request: () => this.request as RequestCard | null,
      forget: () => this.request === null,
      isLive: () => this.live,
      isOnline: () => this.live,
      isOnDisk: () => this.onDisk,
      commit: (puts, deletes) => {
        for (const [key, bytes] of puts) this.records.set(key, bytes);
        for (const key of deletes) this.records.delete(key);
        this.cases.shelf.absorb(puts, deletes);
        this.cases.stirs();
        return Promise.resolve();
      },
      asMember: (call) => call('token'),
      asksWho: () => this.turnsRecordKey(9),
      sign: () => Promise.resolve('signed'),
    };
    this.cases = new Cases(new Shelf(), ground);
    this.cases.shelf.load(this.puts);
  }

  get puts(): Put[] {
    return [...this.records];
  }

  get text(): string {
    return JSON.stringify(this.puts.map(([key, bytes]) => [key, new TextDecoder().decode(bytes)]));
  }

  /** What was asked about cases, without what every new line begins with. */
  get errands(): string[] {
    return this.asked
      .filter(({ path }) => path.startsWith('/api/cases'))
      .map(({ method, path }) => `${method} ${path}`);
  }

  async saves(): Promise<void> {
    const puts = await this.cases.entry(REQUEST, STREET, { ...ENTRY, consents: [...ENTRY.consents] });
    for (const [key, bytes] of puts) this.records.set(key, bytes);
    this.cases.shelf.absorb(puts, []);
  }
}

/** What the worker asks, this world answers. */
export function listens(world: World): void {
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    const asked = { method: init.method ?? 'GET', path, body };
    world.asked.push(asked);
    if (!world.live) return Promise.reject(new TypeError('no network'));
    if (path === '/api/devices/this/erasures' && init.method === 'GET')
      return Promise.resolve(Response.json({ erasures: [] }));
    try {
      return Promise.resolve(Response.json(world.answer(asked) ?? {}));
    } catch (thrown) {
      return Promise.resolve(Response.json({ key: (thrown as Trouble).key }, { status: 400 }));
    }
  });
}
