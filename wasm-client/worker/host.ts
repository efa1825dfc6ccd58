/**
 * Carries the core: feeds it events, does in order what it asks for, and tells the page what changed.
 *
 * Nothing is decided here. Whether a change may be sent, when to reconnect and what a screen shows is the core's.
 */
import init, { Phone } from '@pwa/wasm/kruispunt_client.js';
import { api } from './api';
import type { Command, Me, Status, Unsent } from './contract';
import { Identity } from './device';
import type { Effect } from './effect';
import { Socket } from './socket';
import { Store, type Leftover } from './store';
import { Tabs } from './tabs';
import { Trouble, keyOf } from './trouble';
import { onFile } from './unsent';
import { Watches } from './watches';

/** How often the core hears that time went by, in milliseconds. */
const TICK_MS = 5_000;

/** A relay that was asked because somebody came back has answered by then, or the line is dead: the core's patience. */
const ANSWER_MS = 4_000;

/** An answer about the member and their places this old is asked for again, in milliseconds. */
const ME_STALE_MS = 5 * 60_000;

/** The relay's answer about the member, as far as the page shows it. */
interface CoreMe {
  member: { id: string; first_name: string };
  memberships: { area: string; role: Me['memberships'][number]['role'] }[];
  areas: { id: string; name: string }[];
}

export class Host {
  readonly watches: Watches;
  private store!: Store;
  private identity!: Identity;
  private phone!: Phone;
  private leads = false;
  private phase: Status['phase'] = 'starting';
  private problem: string | null = null;
  private leftover: Leftover | undefined;
  private network = navigator.onLine;
  private token = '';
  private knewMeAt = 0;
  private redial: ReturnType<typeof setTimeout> | undefined;
  /** Counts tries to connect, so that one that was given up does not come back later. */
  private attempt = 0;
  private readonly effects: Effect[] = [];
  private working = false;
  /** Deeds that wait for their batch to be on the disk. */
  private readonly waiting = new Map<number, { done: () => void; failed: (reason: unknown) => void }>();
  private lastStatus = '';
  private readonly tabs: Tabs;
  private readonly socket: Socket;

  constructor(private readonly tell: (status: Status) => void) {
    this.watches = new Watches((query) =>
      this.phase === 'ready' ? this.phone.view(tagged(query, 'view')) : undefined,
    );
    this.socket = new Socket({
      opened: () => this.feed(() => this.phone.connected(this.token, Date.now())),
      frame: (bytes) => this.feed(() => this.phone.frame(bytes, Date.now())),
      closed: () => this.feed(() => this.phone.disconnected(dice())),
    });
    this.tabs = new Tabs({
      stored: (puts, deletes) => this.feed(() => this.phone.absorb(puts, deletes)),
      link: (link) => this.feed(() => !this.leads && this.phone.told(link)),
      asked: () => this.leads && this.phase === 'ready' && this.tabs.link(this.safekeeping().link),
      anew: () => void this.restart(),
    });
  }

  async start(): Promise<void> {
    try {
      await init();
      this.store = await Store.open();
      this.leads = await this.tabs.lead(() => void this.takeLead());
      await this.load();
      setInterval(() => this.feed(() => this.phone.tick(Date.now())), TICK_MS);
      self.addEventListener('online', () => this.setNetwork(true));
      self.addEventListener('offline', () => this.setNetwork(false));
      // From Wi-Fi to mobile: the old line is dead, and often nobody says so.
      (navigator as { connection?: EventTarget }).connection?.addEventListener('change', () => this.wake());
    } catch (thrown) {
      this.breakDown(thrown);
    }
  }

  /** Reads everything from the store; what was only in memory is gone, which is the point. */
  private async load(): Promise<void> {
    this.identity = await Identity.read(this.store);
    const actor = crypto.getRandomValues(new Uint8Array(16));
    this.phone = new Phone(actor, await this.store.records());
    this.problem = null;
    this.leftover = await this.store.leftover();
    if (this.identity.known && this.phone.me()) this.phase = 'ready';
    else this.phase = this.leftover ? 'revoked' : 'signed_out';
    if (this.leads) this.phone.lead();
    else this.tabs.asks();
    this.feed(() => this.phone.network(this.network));
    this.announce();
    // Redeemed, but the answer about the member got lost.
    if (this.leads && this.identity.known && this.phase !== 'ready') await this.learnMe().catch(() => undefined);
  }

  private async takeLead(): Promise<void> {
    this.leads = true;
    await this.restart();
  }

  async restart(): Promise<void> {
    clearTimeout(this.redial);
    this.attempt++;
    this.socket.close();
    this.effects.length = 0;
    for (const { failed } of this.waiting.values()) failed(new Trouble('storage'));
    this.waiting.clear();
    try {
      await this.load();
    } catch (thrown) {
      this.breakDown(thrown);
    }
  }

  setNetwork(there: boolean): void {
    this.network = there;
    this.feed(() => this.phone.network(there));
  }

  /** A frozen page is back: time jumped, and other tabs may have written meanwhile. */
  async resume(): Promise<void> {
    if (this.phase !== 'ready') return;
    if (this.leads) this.wake();
    else await this.restart();
  }

  /** The line may be dead and nobody said so: asks, and looks for the answer when it has to be there. */
  private wake(): void {
    this.feed(() => this.phone.wake(Date.now()));
    setTimeout(() => this.feed(() => this.phone.tick(Date.now())), ANSWER_MS);
  }

  async command(command: Command): Promise<{ request: string }> {
    if (this.phase !== 'ready') throw new Trouble('signed-out');
    const fresh = crypto.getRandomValues(new Uint8Array(16));
    const [request, batch] = this.phone.command(tagged(command, 'type'), fresh, Date.now()) as [
      string,
      number | undefined,
    ];
    if (batch !== undefined) {
      const stored = new Promise<void>((done, failed) => this.waiting.set(batch, { done, failed }));
      this.collect();
      await stored;
    }
    return { request };
  }

  dismiss(request: string): void {
    this.feed(() => this.phone.dismiss(request));
  }

  async redeem(secret: string): Promise<void> {
    if (this.identity.known && this.phase === 'ready') throw new Trouble('signed-in-already');
    await this.identity.redeem(secret);
    await this.learnMe();
    this.tabs.anew();
  }

  /** Takes the member off this device. Work that was not sent yet is never thrown away. */
  async signOut(): Promise<void> {
    if (this.phase === 'ready' && this.safekeeping().unsent > 0) throw new Trouble('unsent-work');
    await this.forget('signed_out');
  }

  /** Everything of this phone that is not safe at the relay, as a file. */
  async unsent(): Promise<Unsent> {
    if (this.leftover && this.phase === 'revoked') return this.leftover;
    return onFile(await this.store.records(), Date.now());
  }

  /** What was left behind is saved elsewhere, or not wanted. */
  async putAway(): Promise<void> {
    await this.store.putAway();
    this.leftover = undefined;
    this.announce();
  }

  private async learnMe(): Promise<void> {
    const token = await this.identity.token(Date.now());
    const me = await api.me(token);
    this.knewMeAt = Date.now();
    this.phone.know(me);
    this.phase = 'ready';
    this.collect();
    // Now that there are places, there is something to connect for.
    this.feed(() => this.phone.network(this.network));
  }

  private async forget(phase: 'signed_out' | 'revoked'): Promise<void> {
    clearTimeout(this.redial);
    // The relay takes back a phone, not the work of its member: that stays, to be saved as a file.
    const file = phase === 'revoked' ? await this.unsent().catch(() => undefined) : undefined;
    await this.store.wipe(file && file.pieces > 0 ? file : undefined);
    this.tabs.anew();
    await this.restart();
    this.phase = phase;
    this.announce();
  }

  private async connect(): Promise<void> {
    const attempt = ++this.attempt;
    try {
      this.token = await this.identity.token(Date.now());
      if (Date.now() - this.knewMeAt > ME_STALE_MS) {
        const me = await api.me(this.token);
        this.knewMeAt = Date.now();
        this.feed(() => this.phone.know(me));
      }
      if (attempt === this.attempt) this.socket.open();
    } catch (thrown) {
      const key = keyOf(thrown);
      if (key === 'device-revoked') return this.forget('revoked');
      if (key === 'session-unknown') this.identity.dropToken();
      if (attempt !== this.attempt) return;
      this.feed(() => this.phone.disconnected(dice()));
    }
  }

  /** Gives the core an event, then does what it asks for. */
  private feed(event: () => unknown): void {
    if (!this.phone || this.phase === 'broken') return;
    try {
      event();
      this.collect();
    } catch {
      // The core stopped in the middle of something: what is on the disk is whole.
      void this.restart();
    }
  }

  private collect(): void {
    this.effects.push(...(this.phone.drain() as Effect[]));
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let effect = this.effects.shift(); effect; effect = this.effects.shift()) {
      await this.carryOut(effect);
    }
    this.working = false;
  }

  private async carryOut(effect: Effect): Promise<void> {
    switch (effect[0]) {
      case 'store':
        return this.keep(effect[1], effect[2], effect[3]);
      case 'connect':
        clearTimeout(this.redial);
        this.redial = setTimeout(() => void this.connect(), effect[1]);
        return;
      case 'send':
        return this.socket.send(effect[1]);
      case 'close':
        clearTimeout(this.redial);
        this.attempt++;
        return this.socket.close();
      case 'sign_in':
        return this.identity.dropToken();
      case 'revoked':
        return this.forget('revoked');
      case 'changed':
        this.announce();
    }
  }

  private async keep(...[batch, puts, deletes]: [number, Parameters<Tabs['stored']>[0], string[]]): Promise<void> {
    const waiting = this.waiting.get(batch);
    this.waiting.delete(batch);
    try {
      await this.store.commit(puts, deletes);
    } catch (thrown) {
      // What the core holds is not on the disk: back to what is, and say so.
      await this.restart();
      this.problem = keyOf(thrown);
      this.announce();
      waiting?.failed(thrown);
      return;
    }
    this.tabs.stored(puts, deletes);
    this.phone.stored(batch);
    this.effects.push(...(this.phone.drain() as Effect[]));
    this.announce();
    waiting?.done();
  }

  private safekeeping(): Pick<Status, 'link' | 'unsent' | 'refused'> {
    return JSON.parse(this.phone.safekeeping()) as Pick<Status, 'link' | 'unsent' | 'refused'>;
  }

  private announce(): void {
    const safekeeping = this.safekeeping();
    const known = this.phone.me();
    const me = this.phase === 'ready' && known ? shown(JSON.parse(known) as CoreMe) : null;
    const leftover = this.leftover?.pieces ?? 0;
    const status: Status = { phase: this.phase, ...safekeeping, me, problem: this.problem, leftover };
    const text = JSON.stringify(status);
    if (text !== this.lastStatus) {
      this.lastStatus = text;
      this.tell(status);
      if (this.leads) this.tabs.link(safekeeping.link);
    }
    this.watches.refresh();
  }

  private breakDown(thrown: unknown): void {
    this.phase = 'broken';
    this.problem = thrown instanceof Trouble ? thrown.key : 'storage';
    this.tell({
      phase: 'broken',
      link: 'offline',
      unsent: 0,
      refused: 0,
      me: null,
      problem: this.problem,
      leftover: 0,
    });
  }
}

function shown(known: CoreMe): Me {
  const name = (id: string) => known.areas.find((area) => area.id === id)?.name ?? '';
  return {
    member: known.member.id,
    first_name: known.member.first_name,
    memberships: known.memberships.map(({ area, role }) => ({ area, area_name: name(area), role })),
  };
}

/** `{ type: 'x', … }` as the core reads it: `{ x: { … } }`. */
function tagged<Tag extends string>(value: Record<Tag, string>, tag: Tag): Record<string, unknown> {
  const { [tag]: name, ...rest } = value;
  return { [name]: rest };
}

function dice(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
