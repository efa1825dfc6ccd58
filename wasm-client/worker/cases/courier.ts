/**
 * Brings errands to the relay: what is no change of a board and must not get lost either.
 *
 * The tab that leads brings them, one after the other, each request's in the order they were done, once the relay has
 * the board's change they belong to. Every errand can be sent twice without harm. What the relay would not take stays
 * on the phone with the reason, for its author to read.
 */
import { type Bytes, fromBase64url, joined, written } from '../bytes';
import { Trouble, keyOf } from '../trouble';
import type { Inbox } from '../inbox/inbox';
import { type Call, relay } from './relay';
import { CLOSED, type Ground } from './ground';
import { type Info, open, publicKeyOf, seal } from './sealing';
import { type CardErrand, type Copy, type Errand, type HeardWord, type NoteCopy, type TalkErrand } from './shelf';
import { type Shelf, isWork } from './shelf';

type ToRelay = NonNullable<CardErrand['sealed']>;

/** The waits of the core's own reconnecting, in milliseconds. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** A card that was written here stays readable here for so long, in milliseconds: like one the relay sealed. */
export const OWN_COPY_MS = 7 * 24 * 3_600_000;

/** Within so long on a new line all boards came, in milliseconds. */
const BOARDS_MS = 30_000;

/** What is the line's or the relay's trouble and not the errand's. */
const PASSING = new Set([
  'no-network',
  'unavailable',
  'too-fast',
  'session-unknown',
  'device-revoked',
  // A code guards what it would need; whoever gives it lets it go on.
  'locked',
  'unknown',
  // A relay that is older than this app.
  'not-found',
  'method-not-allowed',
]);

export class Courier {
  private busy = false;
  private again = false;
  private failures = 0;
  private notBefore = 0;
  private lineSince = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly shelf: Shelf,
    private readonly ground: Ground,
    private readonly inbox: () => Promise<Inbox>,
  ) {}

  /** Something changed that errands may have waited for. */
  wake(): void {
    if (this.busy) this.again = true;
    else if (Date.now() >= this.notBefore) void this.goes();
  }

  /** There is a new line to the relay: whatever failed, failed on another. */
  freshLine(): void {
    this.failures = 0;
    this.notBefore = 0;
    this.lineSince = Date.now();
    this.wake();
  }

  private async goes(): Promise<void> {
    this.busy = true;
    try {
      do {
        this.again = false;
        await this.round();
      } while (this.again && Date.now() >= this.notBefore);
    } finally {
      this.busy = false;
    }
  }

  private async round(): Promise<void> {
    /** Requests about which an earlier errand still waits. */
    const held = new Set<string>();
    for (const [key, errand] of this.shelf.inOrder()) {
      if (!this.ground.isLive()) return;
      const { request } = errand;
      if (errand.refused !== null || !this.shelf.errands.has(key)) continue;
      if (request !== null && held.has(request)) continue;
      // The relay knows the request by its board's change, and that one is still on its way.
      if (request !== null && this.ground.request(request)?.safety === 'here') {
        held.add(request);
        continue;
      }
      try {
        await this.bring(key, errand);
        this.failures = 0;
      } catch (thrown) {
        const reason = keyOf(thrown);
        if (!this.passes(reason, errand)) await this.refuse(key, errand, reason);
        else if (reason === 'request-unknown' && request !== null) {
          held.add(request);
          this.waits();
        } else return this.waits();
      }
    }
  }

  /** Whether the errand may be taken later. */
  private passes(reason: string, { kind, request }: Errand): boolean {
    // The board that the request is on is perhaps still coming.
    if (kind === 'reply' && reason === 'request-unknown') return Date.now() - this.lineSince < BOARDS_MS;
    // One of several relays may not have heard of a request that another has.
    if (reason === 'request-unknown') return request !== null && this.ground.request(request)?.safety === 'sent';
    return PASSING.has(reason);
  }

  private waits(): void {
    const most = Math.min(FIRST_WAIT_MS * 2 ** this.failures++, LONGEST_WAIT_MS);
    const wait = most / 2 + Math.random() * (most / 2);
    this.notBefore = Date.now() + wait;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.wake(), wait + 1);
  }

  private async refuse(key: string, errand: Errand, reason: string): Promise<void> {
    // An erasure that the relay knows no longer needs no receipt, and what may not be read is seen by nobody.
    if (!isWork(errand)) return this.ground.commit([], [key]);
    // Solved on the spot, before there was reception: nobody needs the card, and whoever wrote it has nothing to do.
    if (errand.kind === 'card' && reason === 'case-closed' && this.isOver(errand.request)) {
      return this.ground.commit([], [key]);
    }
    await this.ground.commit([[key, written({ ...errand, refused: reason })]], []);
    // What was shown as if it were so is not.
    if (errand.kind === 'profile') await this.ground.asksWho().catch(() => undefined);
  }

  private isOver(request: string | null): boolean {
    const stage = request === null ? undefined : this.ground.request(request)?.stage;
    return stage !== undefined && CLOSED.has(stage);
  }

  private async bring(key: string, errand: Errand): Promise<void> {
    if (errand.kind === 'receipt') {
      await this.ground.asMember(relay.receipt(errand.erasure));
      return this.ground.commit([], [key]);
    }
    if (errand.kind === 'profile') {
      await this.ground.asMember(relay.profile(errand.change));
      return this.ground.commit([], [key]);
    }
    if (errand.kind === 'noticed' || errand.kind === 'reply') {
      await (await this.inbox()).brings(errand);
      return this.ground.commit([], [key]);
    }
    const { request, street } = errand;
    if (request === null || street === null) return this.ground.commit([], [key]);
    switch (errand.kind) {
      case 'card':
        return this.bringCard(key, errand, request, street);
      case 'words': {
        const { words } = await this.ground.asMember(relay.say(request, street, errand.words));
        return this.done(key, request, words);
      }
      case 'talk':
        return this.bringTalk(key, errand, request, street);
      case 'seen':
        await this.ground.asMember(relay.saw(request, street, errand.until));
        return this.ground.commit([], [key]);
      case 'note':
        await this.ground.asMember(relay.note(request, street, errand.note));
        return this.ground.commit([], [key]);
    }
  }

  private async bringCard(key: string, errand: CardErrand, request: string, street: string): Promise<void> {
    const about = fromBase64url(request);
    await this.bringSealed(key, errand, 'kruispunt/card/1', about, (sealed) => relay.card(request, street, sealed));
    const copy: Copy = {
      ...errand.own,
      own: true,
      expires_at: errand.at + OWN_COPY_MS,
    };
    await this.ground.commit([[`c/${request}`, written(copy)]], [key]);
  }

  private async bringTalk(key: string, errand: TalkErrand, request: string, street: string): Promise<void> {
    const { note, own, at } = errand;
    const about = joined(fromBase64url(request), fromBase64url(note.id));
    await this.bringSealed(key, errand, 'kruispunt/note/1', about, (sealed) =>
      relay.tell(request, street, note, sealed),
    );
    const mine = { n: null, member: this.ground.member() ?? null, name: null, mine: true };
    const copy: NoteCopy = { ...note, ...own, ...mine, own: true, expires_at: at + OWN_COPY_MS };
    await this.ground.commit([[`n/${request}/${note.id}`, written(copy)]], [key]);
  }

  /** Brings what is sealed to the relay's key, which may be another one by now. */
  private async bringSealed(
    key: string,
    errand: CardErrand | TalkErrand,
    info: Info,
    about: Bytes,
    call: (sealed: ToRelay) => Call<unknown>,
  ): Promise<void> {
    const sealed = errand.sealed ?? (await this.sealAnew(key, errand, info, about));
    try {
      await this.ground.asMember(call(sealed));
    } catch (thrown) {
      if (keyOf(thrown) !== 'record-key-unknown') throw thrown;
      await this.ground.asksWho();
      await this.ground.asMember(call(await this.sealAnew(key, errand, info, about)));
    }
  }

  private async sealAnew(key: string, errand: CardErrand | TalkErrand, info: Info, about: Bytes): Promise<ToRelay> {
    const recordKey = this.ground.recordKey();
    if (!recordKey) throw new Trouble('unavailable');
    const content = await open(await this.ground.keys.get(), 'kruispunt/on-this-phone/1', about, errand.own);
    const to = await publicKeyOf(recordKey.public_key);
    const sealed = { key: recordKey.id, ...(await seal(to, info, about, content)) };
    await this.ground.commit([[key, written({ ...errand, sealed })]], []);
    return sealed;
  }

  private async done(key: string, request: string, words: HeardWord[]): Promise<void> {
    await this.ground.commit([[`w/${request}`, written(words)]], [key]);
  }
}
