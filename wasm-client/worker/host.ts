/**
 * Carries the core: feeds it events, does in order what it asks for, and tells the page what changed.
 *
 * Nothing is decided here. Whether a change may be sent, when to reconnect and what a screen shows is the core's.
 */
import init, { Phone } from '@pwa/wasm/kruispunt_client.js';
import { api } from './api';
import { base64url, freshId, fromBase64url } from './bytes';
import type { Cases } from './cases/cases';
import type { CaseEntry } from './cases/contract';
import type { Ground } from './cases/ground';
import type { Call } from './cases/relay';
import { SealingKey } from './cases/sealing-key';
import { Shelf } from './cases/shelf';
import type { Command, Me, Profile, Question, RequestCard, Status, Unsent, ViewQuery } from './contract';
import { asCore } from './deeds';
import { Identity } from './device';
import type { Effect, Put } from './effect';
import { Profiles, type Known } from './profile/profiles';
import { Safe } from './safe';
import { Socket } from './socket';
import type { Leftover } from './store';
import { Tabs } from './tabs';
import { Trouble, keyOf } from './trouble';
import { Watches } from './watches';
import type { CaseDeed } from './wire';

/** How often the core hears that time went by, in milliseconds. */
const TICK_MS = 5_000;

/** A relay that was asked because somebody came back has answered by then, or the line is dead: the core's patience. */
const ANSWER_MS = 4_000;

/** A core that stopped is begun anew after so long, doubled every time, and at most so long, in milliseconds. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;

/** When this long nothing happened to the core, the next time is the first again, in milliseconds. */
const CALM_MS = 5 * 60_000;

/** An answer about the member and their places this old is asked for again, in milliseconds. */
const ME_STALE_MS = 5 * 60_000;

/** Who was away for so long is asked for the code of this phone, in milliseconds. */
const AWAY_MS = 5 * 60_000;

/** Comes after the start, but long before anybody needs it. */
const onFile = () => import('./unsent');

/** As long as somebody who leaves waits for the relay to hear of it, in milliseconds. */
const GOODBYE_MS = 2_000;

/** The relay's answer about the member, as far as the page shows it. */
interface CoreMe extends Known {
  member: { id: string; first_name: string };
  device: string;
  memberships: { area: string; role: Me['memberships'][number]['role'] }[];
  areas: { id: string; name: string }[];
  record_key?: { id: string; public_key: string } | null;
}

/** What the core says about the safety of this phone's work. */
type Safekeeping = Pick<Status, 'link' | 'unsent' | 'refused'>;

export class Host {
  readonly watches: Watches;
  private readonly shelf = new Shelf();
  /** The work about cases, once it came. */
  private cases: Cases | undefined;
  private casesCome: Promise<Cases> | undefined;
  private readonly profiles: Profiles;
  private readonly safe: Safe;
  private readonly identity: Identity;
  private readonly keys: SealingKey;
  private readonly tabs: Tabs;
  private readonly socket: Socket;
  private phone!: Phone;
  private phase: Status['phase'] = 'starting';
  private problem: string | null = null;
  private leftover: Leftover | undefined;
  private network = navigator.onLine;
  /** Whether a person looks at this tab. */
  private seen = true;
  private leftAt = 0;
  private ticked = Date.now();
  private ticking: ReturnType<typeof setInterval> | undefined;
  private readonly over = new AbortController();
  private token = '';
  private knewMeAt = 0;
  private redial: ReturnType<typeof setTimeout> | undefined;
  /** Counts tries to connect, so that one that was given up does not come back later. */
  private attempt = 0;
  private readonly effects: Effect[] = [];
  private working = false;
  /** What goes to the store together with a batch of the core, all or nothing. */
  private readonly alongside = new Map<number, { puts: Put[]; deletes: string[] }>();
  /** Deeds that wait for their batch to be kept. */
  private readonly waiting = new Map<number, { done: () => void; failed: (reason: unknown) => void }>();
  private lastStatus = '';
  private beginning: Promise<void> | undefined;
  private again = false;
  /** How often the core stopped in the middle of something, and was begun anew for that. */
  private falls = 0;
  private fellAt = 0;
  private hasFallen = false;
  /** What other tabs stored while this one was beginning. */
  private readonly missed: [puts: Put[], deletes: string[]][] = [];

  constructor(private readonly tell: (status: Status) => void) {
    this.watches = new Watches((query) => (this.phase === 'ready' && !this.isLocked ? this.read(query) : undefined));
    this.safe = new Safe(
      {
        changed: () => this.announce(),
        outgrown: () => this.breakDown(new Trouble('outgrown')),
        blocked: () => this.breakDown(new Trouble('storage-blocked')),
      },
      dice,
    );
    this.identity = new Identity(this.safe);
    this.keys = new SealingKey(this.safe);
    this.profiles = new Profiles(this.shelf, {
      known: () => this.coreMe(),
      knows: (me) => this.feed(() => this.phone.know(me)),
      commit: (puts, deletes) => this.store(puts, deletes),
    });
    this.socket = new Socket({
      opened: () => this.feed(() => this.phone.connected(this.token, Date.now())),
      frame: (bytes) => this.feed(() => this.phone.frame(bytes, Date.now())),
      closed: () => this.feed(() => this.phone.disconnected(dice())),
    });
    this.tabs = new Tabs({
      stored: (puts, deletes, kept) => {
        this.safe.absorb(puts, deletes, kept);
        this.shelf.absorb(puts, deletes);
        if (this.beginning) this.missed.push([puts, deletes]);
        this.feed(() => this.phone.absorb(puts, deletes));
      },
      link: (link) => this.feed(() => this.phone.told(link)),
      asked: () => this.tabs.leads && this.phone && this.tabs.link(this.safekeeping().link),
      rang: () => this.phase === 'ready' && this.cases?.rings(),
      anew: () => {
        // What this tab wanted kept may be of a member who left.
        this.effects.length = 0;
        void this.restart();
      },
      leads: () => void this.restart(),
      deposed: () => this.thaws(),
    });
  }

  /** `core` is where the WebAssembly is, when it is not beside this script. */
  async start(core?: Response): Promise<void> {
    try {
      await Promise.all([init(core && { module_or_path: core }), this.safe.open()]);
      await this.restart();
      void onFile().catch(() => undefined);
      this.ticking = setInterval(() => this.tick(), TICK_MS);
      const { signal } = this.over;
      self.addEventListener('online', () => this.setNetwork(true), { signal });
      self.addEventListener('offline', () => this.setNetwork(false), { signal });
      // From Wi-Fi to mobile: the old line is dead, and often nobody says so.
      (navigator as { connection?: EventTarget }).connection?.addEventListener('change', () => this.wake(), { signal });
    } catch (thrown) {
      this.breakDown(thrown);
    }
  }

  /** Reads everything that is kept; what was only in the core's memory is gone, which is the point. */
  private async load(): Promise<void> {
    this.leftover = await this.safe.leftover().catch(() => undefined);
    const records = await this.safe.records();
    const actor = crypto.getRandomValues(new Uint8Array(16));
    this.phone = new Phone(actor, records);
    this.shelf.load(records);
    if (this.safe.keeping !== 'cleared') await this.keys.look();
    // What another tab stored since this one began to read.
    for (const [puts, deletes] of this.missed.splice(0)) {
      this.phone.absorb(puts, deletes);
      this.shelf.absorb(puts, deletes);
    }
    this.effects.length = 0;
    this.hasFallen = false;
    this.profiles.lays();
    this.problem = null;
    if (this.identity.known && this.phone.me()) this.phase = 'ready';
    else this.phase = this.leftover ? 'revoked' : 'signed_out';
    await this.tabs.stands();
    if (this.tabs.leads) this.phone.lead();
    else this.tabs.asks(this.seen);
    this.feed(() => this.phone.network(this.network));
    this.announce();
    // Redeemed, but the answer about the member got lost.
    if (this.tabs.leads && this.identity.known && this.phase !== 'ready') await this.learnMe().catch(() => undefined);
  }

  /** Begins anew from what is kept. Who asks meanwhile gets one more beginning after this one. */
  async restart(): Promise<void> {
    this.again = true;
    this.beginning ??= this.begins().finally(() => (this.beginning = undefined));
    return this.beginning;
  }

  private async begins(): Promise<void> {
    while (this.again) {
      this.again = false;
      clearTimeout(this.redial);
      this.attempt++;
      this.socket.close();
      try {
        await this.keepWhatIsDone();
        this.missed.length = 0;
        await this.load();
      } catch (thrown) {
        this.breakDown(thrown);
      }
    }
  }

  /** What the core wanted kept was done, and is kept; what it wanted sent is sent by who comes after it. */
  private async keepWhatIsDone(): Promise<void> {
    for (const effect of this.effects.splice(0)) {
      if (effect[0] === 'store') await this.keep(effect[1], effect[2], effect[3]);
    }
    for (const { failed } of this.waiting.values()) failed(new Trouble('storage'));
    this.waiting.clear();
  }

  setNetwork(there: boolean): void {
    this.network = there;
    this.feed(() => this.phone.network(there));
  }

  private tick(): void {
    const now = Date.now();
    const gap = now - this.ticked;
    this.ticked = now;
    // The whole phone slept, and perhaps nobody says so. Or its clock was set, and then this does no harm.
    if (gap < 0 || gap > 3 * TICK_MS) return this.thaws();
    this.locksWhenAway();
    if (now - this.fellAt > CALM_MS) this.falls = 0;
    if (!this.tabs.leads && this.seen) this.tabs.asks(true);
    this.feed(() => this.phone.tick(now));
    void this.safe.retry();
    this.stirs();
  }

  /** Whether somebody looks. Who comes back wants to see what is, now. */
  looks(seen: boolean): void {
    if (!seen && this.seen) this.leftAt = Date.now();
    this.locksWhenAway();
    this.seen = seen;
    if (seen) this.wake();
  }

  private locksWhenAway(): void {
    if (this.seen || this.keys.code !== 'open' || Date.now() - this.leftAt < AWAY_MS) return;
    this.keys.lock();
    this.announce();
  }

  private get isLocked(): boolean {
    return this.keys.code === 'locked' || this.keys.code === 'shut';
  }

  /** For whatever somebody wants to see or do: they are in, and showed the code of this phone where it has one. */
  private mustBeIn(): void {
    if (this.phase !== 'ready') throw new Trouble('signed-out');
    if (this.isLocked) throw new Trouble('locked');
  }

  /** A code on this phone. What is on it and not sent is never put at risk by that. */
  async setCode(code: string | null, present: string | null): Promise<void> {
    await this.beginning;
    this.mustBeIn();
    try {
      if (code === null) await this.keys.removeCode(present ?? '');
      else {
        // What a new code does to what is here has to be at hand before there is one.
        const cases = await this.caseWork();
        if (this.keys.code === 'none' && this.shelf.errands.size > 0) throw new Trouble('code-busy');
        if (await this.keys.setCode(code, present)) await cases.rekeyed();
      }
    } finally {
      await this.afterCode();
    }
    // Other tabs read it anew.
    this.tabs.anew();
  }

  async unlock(code: string): Promise<void> {
    await this.beginning;
    try {
      await this.keys.unlock(code);
    } finally {
      await this.afterCode();
    }
  }

  private async afterCode(): Promise<void> {
    if (this.keys.code === 'shut' && this.shelf.sealedKeys().length > 0) await (await this.caseWork()).rekeyed();
    this.announce();
  }

  /** The page is about to stand still: others may lead, and the relay need not wait for an answer. */
  freezes(): void {
    this.tabs.steps();
    this.feed(() => this.phone.follow());
  }

  /** The page stood still: time jumped, and who does not lead may have missed what other tabs wrote. */
  thaws(): void {
    this.ticked = Date.now();
    if (this.tabs.leads) return this.wake();
    // Others led meanwhile.
    this.safe.letGoOfStreets();
    void this.restart();
  }

  /** Nothing here goes on: a service worker that did what it was woken for. What is kept is whole, as always. */
  ends(): void {
    this.hasFallen = true;
    this.over.abort();
    clearInterval(this.ticking);
    clearTimeout(this.redial);
    this.attempt++;
    this.tabs.leaves();
    this.socket.close();
  }

  private wake(): void {
    if (this.phase !== 'ready') return;
    this.cases?.rings();
    if (this.tabs.leads) {
      this.feed(() => this.phone.wake(Date.now()));
      setTimeout(() => this.feed(() => this.phone.tick(Date.now())), ANSWER_MS);
    } else this.tabs.asks(this.seen);
  }

  /** Does it, and keeps what is told of the case together with it. */
  async command(command: Command, entry?: CaseEntry, named?: string): Promise<{ request: string }> {
    // A tab that is just beginning has no core to give it to.
    await this.beginning;
    this.mustBeIn();
    const fresh = named === undefined ? freshId() : fromBase64url(named);
    const street = 'area' in command ? command.area : undefined;
    const puts = entry && street ? await (await this.caseWork()).entry(base64url(fresh), street, entry) : [];
    await this.beginning;
    const [request, batch] = this.phone.command(asCore(command), fresh, Date.now()) as [string, number | undefined];
    if (batch !== undefined) {
      // What was being written is written now; what came from elsewhere leaves a draft of this phone alone.
      this.alongside.set(batch, { puts, deletes: entry && named === undefined ? ['p'] : [] });
      const kept = new Promise<void>((done, failed) => this.waiting.set(batch, { done, failed }));
      this.collect();
      await kept;
    }
    return { request };
  }

  /** Something about a case. */
  async about({ name, given }: CaseDeed): Promise<unknown> {
    await this.beginning;
    this.mustBeIn();
    const cases = await this.caseWork();
    return (cases[name] as (...given: unknown[]) => Promise<unknown>).apply(cases, given);
  }

  async setProfile(change: Partial<Profile>): Promise<void> {
    await this.beginning;
    this.mustBeIn();
    await this.profiles.set(change);
  }

  async dismiss(request: string): Promise<void> {
    await this.beginning;
    this.feed(() => this.phone.dismiss(request));
    await (await this.caseWork()).letGo(request);
  }

  async redeem(secret: string): Promise<void> {
    if (this.identity.known && this.phase === 'ready') throw new Trouble('signed-in-already');
    // A link is good for once: what somebody cannot do without has to be here before it is spent. Browsers remember what
    // did not come, so it is asked for where there is a line.
    if (!this.cases) await api.reaches();
    await this.caseWork().catch(() => {
      throw new Trouble('no-network');
    });
    await this.identity.redeem(secret);
    await this.learnMe();
    this.tabs.anew();
  }

  /**
   * Takes the member off this device. Work that is not safe at the relay is never thrown away, unless its author has it
   * as a file.
   */
  async signOut(onFile: boolean): Promise<void> {
    const { unsent, refused } = this.safekeeping();
    if (this.phase === 'ready' && unsent + refused > 0 && !onFile) throw new Trouble('unsent-work');
    // Nothing rings here any more. Where there is no line, the push service says so to the relay.
    const told = this.asMember((token) => api.asks(token, { method: 'DELETE', path: '/api/devices/this/push' })).catch(
      () => undefined,
    );
    await Promise.race([told, new Promise((done) => setTimeout(done, GOODBYE_MS))]);
    await this.forget('signed_out');
  }

  /** Everything of this phone that is not safe at the relay, as a file. */
  async unsent(): Promise<Unsent> {
    if (this.leftover && this.phase === 'revoked') return this.leftover;
    return (await onFile()).onFile(await this.safe.atLeastOwn(), Date.now());
  }

  /** What an earlier member left behind is saved elsewhere, or not wanted. */
  async putAway(): Promise<void> {
    await this.safe.putAway();
    this.leftover = undefined;
    this.announce();
  }

  /** Asks the relay what lives there alone. */
  async ask(question: Question): Promise<unknown> {
    await this.beginning;
    this.mustBeIn();
    try {
      return await this.asMember((token) => api.asks(token, question));
    } catch (thrown) {
      if (keyOf(thrown) === 'device-revoked') await this.forget('revoked');
      throw thrown;
    }
  }

  /** Asks who helps in an area. */
  async hearHelpers(area: string): Promise<void> {
    const answer = (await this.ask({
      method: 'GET',
      path: `/api/helpers?area=${area}`,
    })) as { helpers: unknown };
    this.feed(() => this.phone.knowHelpers(answer.helpers));
  }

  private async learnMe(): Promise<void> {
    const token = await this.identity.token(Date.now());
    const me = await this.profiles.hears(() => api.me(token));
    this.knewMeAt = Date.now();
    this.phone.know(me);
    this.phase = 'ready';
    this.collect();
    // Now that there are places, there is something to connect for.
    this.feed(() => this.phone.network(this.network));
  }

  private async forget(phase: 'signed_out' | 'revoked'): Promise<void> {
    clearTimeout(this.redial);
    this.socket.close();
    this.effects.length = 0;
    this.alongside.clear();
    // The relay takes back a phone, not the work of its member: that stays, to be saved as a file.
    const file = phase === 'revoked' ? (await onFile()).onFile(await this.safe.atLeastOwn(), Date.now()) : undefined;
    await this.safe.wipe(file && file.pieces > 0 ? file : undefined);
    this.keys.forget();
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
        const me = await this.profiles.hears(() => api.me(this.token));
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
    if (!this.phone || this.hasFallen || this.phase === 'broken') return;
    try {
      event();
      this.collect();
    } catch {
      // The core stopped in the middle of something: what is kept is whole. Should the same happen again at once,
      // then not without end and not in a hurry.
      this.hasFallen = true;
      this.fellAt = Date.now();
      const wait = Math.min(FIRST_WAIT_MS * 2 ** this.falls++, LONGEST_WAIT_MS);
      setTimeout(() => void this.restart(), wait / 2 + (dice() % (wait / 2)));
    }
  }

  private collect(): void {
    this.effects.push(...(this.phone.drain() as Effect[]));
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    try {
      for (let effect = this.effects.shift(); effect; effect = this.effects.shift()) {
        await this.carryOut(effect);
      }
    } catch (thrown) {
      this.breakDown(thrown);
    } finally {
      this.working = false;
    }
  }

  private async carryOut(effect: Effect): Promise<void> {
    switch (effect[0]) {
      case 'store':
        return this.keep(effect[1], effect[2], effect[3]);
      case 'connect':
        clearTimeout(this.redial);
        this.redial = setTimeout(
          () => void this.connect().catch((thrown: unknown) => this.breakDown(thrown)),
          effect[1],
        );
        return;
      case 'send':
        return this.socket.send(effect[1]);
      case 'close':
        clearTimeout(this.redial);
        this.attempt++;
        return this.socket.close();
      case 'sign_in':
        return this.identity.dropToken();
      case 'ask_anew':
        this.knewMeAt = 0;
        return;
      case 'revoked':
        return this.forget('revoked');
      case 'changed':
        this.announce();
    }
  }

  /** Kept on the disk or, with everybody told, in memory: either way it may be sent now. */
  private async keep(batch: number, puts: Put[], deletes: string[]): Promise<void> {
    const { phone } = this;
    const waiting = this.waiting.get(batch);
    const more = this.alongside.get(batch);
    this.waiting.delete(batch);
    this.alongside.delete(batch);
    await this.store([...puts, ...(more?.puts ?? [])], [...deletes, ...(more?.deletes ?? [])]);
    // After a start anew the batch is of a core that is no more.
    if (phone === this.phone) {
      phone.stored(batch);
      this.effects.push(...(phone.drain() as Effect[]));
      this.announce();
    }
    waiting?.done();
  }

  private async store(puts: Put[], deletes: string[]): Promise<void> {
    this.shelf.absorb(puts, deletes);
    if (this.tabs.leads && puts.some(([key]) => isWholeBoard(key))) this.cases?.boardCameAnew();
    const kept = await this.safe.commit(puts, deletes);
    this.tabs.stored(puts, deletes, kept);
  }

  /** Something changed, or time went by. Whoever is in has work about cases. */
  private stirs(): void {
    if (this.phase !== 'ready') return;
    if (this.cases) this.cases.stirs();
    else void this.caseWork().catch(() => undefined);
  }

  /** The work about cases, which comes once somebody is in. What could not be loaded now is tried again. */
  private caseWork(): Promise<Cases> {
    this.casesCome ??= import('./cases/cases').then(({ Cases }) => {
      const cases = (this.cases ??= new Cases(this.shelf, this.caseGround()));
      // Somebody may look at a case already.
      this.announce();
      return cases;
    });
    this.casesCome.catch(() => (this.casesCome = undefined));
    return this.casesCome;
  }

  /** What the work about cases stands on here. */
  private caseGround(): Ground {
    return {
      keys: this.keys,
      device: () => this.coreMe()?.device,
      member: () => this.coreMe()?.member.id,
      recordKey: () => this.coreMe()?.record_key ?? null,
      request: (id) => {
        const view = this.phase === 'ready' ? this.phone.view({ request: { id } }, Date.now()) : undefined;
        return view ? (JSON.parse(view) as { request: RequestCard | null }).request : null;
      },
      followed: () =>
        this.seen && !this.isLocked
          ? this.watches.queries().flatMap((query) => (query.view === 'notes' ? [query.request] : []))
          : [],
      forget: (request) => {
        let isGone = false;
        this.feed(() => (isGone = this.phone.forget(request)));
        return isGone;
      },
      isSeen: () => this.seen,
      command: (command) => this.command(command),
      isLive: () => this.phase === 'ready' && this.tabs.leads && this.safekeeping().link === 'online',
      isOnline: () => this.safekeeping().link === 'online',
      isOnDisk: () => this.safe.keeping === 'disk',
      commit: async (puts, deletes) => {
        await this.store(puts, deletes);
        this.announce();
      },
      asMember: (call) => this.asMember(call),
      asksWho: async () => {
        const me = await this.profiles.hears(() => this.asMember(api.me));
        this.feed(() => this.phone.know(me));
      },
      sign: (text) => this.identity.sign(text),
    };
  }

  /** A session that ended meanwhile is begun anew, once. */
  private async asMember<T>(call: Call<T>): Promise<T> {
    const token = await this.identity.token(Date.now());
    try {
      return await call(token);
    } catch (thrown) {
      if (keyOf(thrown) !== 'session-unknown') throw thrown;
      this.identity.dropToken();
      return call(await this.identity.token(Date.now()));
    }
  }

  /** What the core does not know is read here. */
  private read(query: ViewQuery): string | undefined {
    if (query.view === 'case') return this.cases && JSON.stringify(this.cases.view(query.request));
    if (query.view === 'notes') return this.cases && JSON.stringify(this.cases.notes.view(query.request));
    if (query.view === 'errands') return this.cases && JSON.stringify(this.cases.errands());
    if (query.view === 'inbox') return JSON.stringify(this.shelf.inbox);
    // What waits or was refused may be about no request at all.
    if (query.view === 'request' && query.id === '') return JSON.stringify({ request: null });
    return this.phone.view(tagged(query, 'view'), Date.now());
  }

  private coreMe(): CoreMe | undefined {
    const known = this.phone.me();
    return known ? (JSON.parse(known) as CoreMe) : undefined;
  }

  private safekeeping(): Safekeeping {
    const { link, unsent, refused } = JSON.parse(this.phone.safekeeping()) as Safekeeping;
    const errands = this.shelf.count();
    return {
      link,
      unsent: unsent + errands.unsent,
      refused: refused + errands.refused,
    };
  }

  private announce(): void {
    if (!this.phone || this.hasFallen || this.phase === 'broken') return;
    const safekeeping = this.safekeeping();
    const known = this.coreMe();
    const me = this.phase === 'ready' && known ? shown(known) : null;
    const { phase, problem } = this;
    const { keeping } = this.safe;
    const status: Status = {
      phase,
      ...safekeeping,
      me,
      problem,
      keeping,
      leftover: this.leftover?.pieces ?? 0,
      unseen: this.shelf.inbox.notices.filter(({ seen }) => !seen).length,
      code: phase === 'ready' ? this.keys.code : 'none',
    };
    const text = JSON.stringify(status);
    if (text !== this.lastStatus) {
      this.lastStatus = text;
      this.tell(status);
      if (this.tabs.leads) this.tabs.link(safekeeping.link);
    }
    this.watches.refresh();
    this.stirs();
  }

  private breakDown(thrown: unknown): void {
    this.phase = 'broken';
    // Another tab may still be able to.
    this.tabs.steps();
    this.problem = thrown instanceof Trouble ? thrown.key : 'storage';
    this.lastStatus = '';
    const none = {
      link: 'offline',
      unsent: 0,
      refused: 0,
      me: null,
      keeping: 'failing',
      leftover: 0,
      unseen: 0,
      code: 'none',
    } as const;
    this.tell({ phase: 'broken', problem: this.problem, ...none });
  }
}

function shown(known: CoreMe): Me {
  const name = (id: string) => known.areas.find((area) => area.id === id)?.name ?? '';
  return {
    member: known.member.id,
    first_name: known.member.first_name,
    memberships: known.memberships.map(({ area, role }) => ({
      area,
      area_name: name(area),
      role,
    })),
    profile: known.profile ?? null,
  };
}

/** `{ type: 'x', … }` as the core reads it: `{ x: { … } }`. */
function tagged<Tag extends string>(value: Record<Tag, string>, tag: Tag): Record<string, unknown> {
  const { [tag]: name, ...rest } = value;
  return { [name]: rest };
}

/** A document as a whole: it came anew, or was written down shorter. */
function isWholeBoard(key: string): boolean {
  return key.startsWith('d/') && key.endsWith('/s');
}

function dice(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
