/**
 * The phone's work about cases: sealed cards and notes, consent, acute danger, erasure.
 *
 * A card is sealed before it is stored and stays sealed until somebody looks at it. The plain text is handed to the
 * screen that asks, and is not kept here.
 */
import { base64url, freshId, fromBase64url, read, written, type Bytes } from '../bytes';
import type { RequestCard } from '../contract';
import type { Put } from '../effect';
import type { Reply, Seen } from '../inbox/contract';
import type { Inbox } from '../inbox/inbox';
import { Trouble, keyOf } from '../trouble';
import { heardUntil, mayHelp, standing } from './consent';
import { NOBODY, type CaseDraft, type CaseEntry, type CaseView, type CardText, type Consent } from './contract';
import type { ConsentHow, Danger, ErrandView, NoteAudience, NoteContent, OpenedCard } from './contract';
import { Courier } from './courier';
import { Erasures } from './erasures';
import type { Ground } from './ground';
import { Here, unreadable } from './here';
import { Notes } from './notes';
import { relay, type CardToDevice, type HandedNotes } from './relay';
import { open, publicKeyOf, seal, suite, toDevice, type Sealed } from './sealing';
import {
  errandRecord,
  isWork,
  type CardErrand,
  type Copy,
  type Errand,
  type HeardWord,
  type NoteErrand,
  type Shelf,
  type Word,
} from './shelf';

/** A draft this old is of another day, in milliseconds. */
const DRAFT_MS = 24 * 3_600_000;

/** The relay said that this card is not for this member, or not any more. */
const SHUT = new Set(['consent-missing', 'case-closed', 'not-allowed', 'card-unknown']);

/** So long after a board came anew the relay is asked what was erased, in milliseconds. */
const ASKS_AFTER_MS = [2_000, 20_000];

/** A burst of changes is looked at once, in milliseconds: each card and note asks the core for its request. */
const SWEEP_MS = 400;

/** How often the relay is asked for notices while somebody looks, in milliseconds. */
const NOTICES_MS = 60_000;

const DRAFT = new TextEncoder().encode('draft');

export class Cases {
  readonly notes: Notes;
  private readonly here: Here;
  private readonly courier: Courier;
  private readonly erasures: Erasures;
  private wasLive = false;
  private inbox: Promise<Inbox> | undefined;
  private heardAt = 0;
  private sweeping: ReturnType<typeof setTimeout> | undefined;
  private asking = 0;
  private drafting: Promise<void> = Promise.resolve();

  constructor(
    readonly shelf: Shelf,
    private readonly ground: Ground,
  ) {
    this.here = new Here(ground);
    this.notes = new Notes(this.shelf, ground, this.here);
    this.courier = new Courier(this.shelf, ground, () => this.inboxHere());
    this.erasures = new Erasures(this.shelf, ground);
  }

  /** Something changed: the board, the line, what is stored. */
  stirs(): void {
    const live = this.ground.isLive();
    const isNew = live && !this.wasLive;
    this.wasLive = live;
    this.sweepsSoon();
    this.notes.goOn();
    if (isNew) this.rings();
    else this.hearsInTime();
    if (isNew) void this.greets().catch(() => undefined);
    if (live) {
      void this.erasures.goOn().catch(() => undefined);
      if (isNew) this.courier.freshLine();
      else this.courier.wake();
    }
  }

  /** There may be news: a push came, somebody came back, or the line did. */
  rings(): void {
    this.heardAt = 0;
    this.hearsInTime();
  }

  private hearsInTime(): void {
    if (!this.ground.isOnline() || !this.ground.isSeen() || Date.now() - this.heardAt < NOTICES_MS) return;
    this.heardAt = Date.now();
    void this.hearNotices().catch(() => undefined);
  }

  async hearNotices(): Promise<void> {
    await (await this.inboxHere()).ask();
  }

  async seeNotices(which: Seen): Promise<void> {
    await (await this.inboxHere()).see(which);
  }

  async reply(request: string, reply: Reply): Promise<'done' | 'waits'> {
    await this.seeNotices({ request });
    return (await this.inboxHere()).reply(request, reply);
  }

  /** Only whoever is in has one. */
  private inboxHere(): Promise<Inbox> {
    this.inbox ??= import('../inbox/inbox').then(({ Inbox }) => new Inbox(this.shelf, this.ground));
    this.inbox.catch(() => (this.inbox = undefined));
    return this.inbox;
  }

  /** A board came anew, perhaps because something in it was erased. The relay says so a moment later. */
  boardCameAnew(): void {
    if (this.asking > 0) return;
    for (const wait of ASKS_AFTER_MS) {
      this.asking++;
      // Not all phones of a street at once.
      setTimeout(
        () => {
          this.asking--;
          if (this.ground.isLive()) void this.erasures.ask().catch(() => undefined);
        },
        wait / 2 + Math.random() * (wait / 2),
      );
    }
  }

  /** There is a new line to the relay. */
  private async greets(): Promise<void> {
    // From here on sealing works without a network too.
    await suite();
    // What does not work now is tried with the next line, and keeps nothing else from being done.
    await this.here.registers().catch(() => undefined);
    await this.erasures.ask().catch(() => undefined);
    // Whether what is on this phone may still be here: consent may have been withdrawn while it was away.
    const cards = [...this.shelf.copies].filter(([, { own }]) => !own).map(([request]) => request);
    for (const request of new Set([...cards, ...this.notes.byConsent()])) {
      if (this.ground.request(request)) await this.hear(request);
    }
  }

  /** The pair of this phone is another one, or is gone: what was sealed to the old one opens no more. */
  async rekeyed(): Promise<void> {
    const heard = [...this.shelf.heardNotes].map(([request, known]): Put => [
      `s/${request}`,
      written({ ...known, heard: 0 }),
    ]);
    await this.ground.commit(heard, ['p', ...this.shelf.sealedKeys()]);
    // The relay is told at once, or as soon as there is a line.
    this.wasLive = false;
    this.stirs();
  }

  // Writing down

  /** The records that go to the disk together with the request they are about. */
  async entry(request: string, street: string, { card, consents, how }: CaseEntry): Promise<Put[]> {
    await this.drafting.catch(() => undefined);
    const puts: Put[] = [];
    if (!isEmpty(card)) puts.push(errandRecord(await this.cardErrand(request, street, card)));
    if (consents.length > 0) puts.push(errandRecord(this.wordsErrand(request, street, consents, how)));
    return puts;
  }

  async keepDraft(draft: CaseDraft | null): Promise<void> {
    // One after the other: what is saved is not put back by what was typed just before.
    this.drafting = this.drafting.catch(() => undefined).then(() => this.keepsDraft(draft));
    return this.drafting;
  }

  private async keepsDraft(draft: CaseDraft | null): Promise<void> {
    if (!draft) {
      if (this.shelf.draft) await this.ground.commit([], ['p']);
      return;
    }
    const sealed = await this.here.seal(DRAFT, written({ at: Date.now(), ...draft }));
    await this.ground.commit([['p', written(sealed)]], []);
  }

  async draft(): Promise<CaseDraft | null> {
    const { draft: sealed } = this.shelf;
    if (!sealed) return null;
    // Whatever keeps the library away is no reason to throw anything away.
    await suite();
    const content = await this.here.open(DRAFT, sealed).catch(() => undefined);
    const draft = content && (read(content) as (CaseDraft & { at: number }) | undefined);
    if (draft && Date.now() - draft.at < DRAFT_MS) return draft;
    await this.keepDraft(null);
    return null;
  }

  async change(request: string, card: CardText): Promise<void> {
    const { area } = this.known(request);
    await this.ground.commit([errandRecord(await this.cardErrand(request, area, card))], []);
  }

  async say(request: string, consents: Consent[], how: ConsentHow): Promise<void> {
    const { area } = this.known(request);
    await this.ground.commit([errandRecord(this.wordsErrand(request, area, consents, how))], []);
  }

  async hear(request: string): Promise<void> {
    const { area } = this.known(request);
    try {
      const { words } = await this.ground.asMember(relay.consents(request, area));
      await this.ground.commit([[`w/${request}`, written(words)]], []);
    } catch (thrown) {
      if (SHUT.has(keyOf(thrown))) await this.drop(request);
    }
  }

  // Opening

  async open(request: string, danger: Danger | null): Promise<OpenedCard> {
    const { area } = this.known(request);
    const reason = danger && { id: base64url(freshId()), reason: danger };
    const written = this.shelf.waiting(request).findLast(([, errand]) => errand.kind === 'card');
    if (written) {
      // What one wrote down oneself and did not send yet. Only danger is anybody else's business.
      if (reason) await this.note(request, area, 'danger', reason.reason, reason.id);
      const { own } = written[1] as CardErrand;
      return {
        card: await this.cardHere(request, own),
        expires_at: null,
        offline: true,
      };
    }
    const copy = this.shelf.copies.get(request);
    try {
      // In a stairwell nobody waits for the relay to be silent.
      if (copy && !this.ground.isOnline()) throw new Trouble('no-network');
      return await this.openAtRelay(request, area, reason);
    } catch (thrown) {
      const key = keyOf(thrown);
      if (SHUT.has(key)) await this.drop(request);
      if (key !== 'no-network' && key !== 'unavailable') throw thrown;
    }
    if (reason) await this.note(request, area, 'danger', reason.reason, reason.id);
    if (!copy || !this.mayKeep(request, copy)) throw new Trouble('card-not-here');
    if (!reason) await this.note(request, area, 'opened-offline', null, base64url(freshId()));
    return {
      card: await this.cardOf(request, copy),
      expires_at: copy.expires_at,
      offline: true,
    };
  }

  private async openAtRelay(
    request: string,
    area: string,
    danger: { id: string; reason: Danger } | null,
  ): Promise<OpenedCard> {
    const answer = await this.here.asks(relay.open(request, area, danger));
    const copy: Copy = { ...answer, own: false };
    const card = await this.cardOf(request, copy);
    await this.ground.commit([[`c/${request}`, written(copy)]], []);
    return { card, expires_at: copy.expires_at, offline: false };
  }

  // Notes

  readNotes(request: string): Promise<{ id: string; content: NoteContent }[]> {
    return this.notes.read(request);
  }

  writeNote(request: string, audience: NoteAudience, content: NoteContent): Promise<void> {
    return this.notes.write(request, audience, content);
  }

  // At the desk

  async openIntake(intake: string): Promise<CardText> {
    const answer = await this.here.asks(relay.openIntake(intake));
    const about = toDevice(intake, this.ground.device() ?? '', answer.expires_at);
    const keys = await this.ground.keys.get();
    return readCard(await open(keys, 'kruispunt/intake-to-device/1', about, answer).catch(unreadable));
  }

  async erase(request: string): Promise<void> {
    const { area } = this.known(request);
    await this.ground.asMember(relay.erase(request, area));
    await this.erasures.ask();
  }

  async export(request: string): Promise<unknown> {
    const { area } = this.known(request);
    const held = await this.ground.asMember(relay.export(request, area));
    const { card, notes } = held as { card?: CardToDevice | null; notes?: HandedNotes | null };
    return {
      ...held,
      ...(card && { card: await this.cardOf(request, { ...card, own: false }) }),
      ...(notes && { notes: await this.notes.exported(request, notes) }),
    };
  }

  async dismiss(errand: string): Promise<void> {
    await this.ground.commit([], [errand]);
  }

  /** Refused work about a request was read by its author, and with it goes what belonged to it. */
  async letGo(request: string): Promise<void> {
    const keys = this.shelf.inOrder().filter(([, errand]) => errand.request === request && errand.refused !== null);
    if (keys.length > 0)
      await this.ground.commit(
        [],
        keys.map(([key]) => key),
      );
  }

  // Views

  view(request: string): CaseView {
    const waiting = this.shelf.waiting(request).map(([, errand]) => errand);
    const words = waiting.flatMap((errand) => (errand.kind === 'words' ? errand.words : []));
    const copy = this.shelf.copies.get(request);
    const isHere = copy !== undefined && this.mayKeep(request, copy);
    const card = waiting.some(({ kind }) => kind === 'card') ? 'waiting' : isHere ? 'here' : 'none';
    return {
      card,
      consents: standing(this.shelf.words.get(request) ?? [], words),
    };
  }

  errands(): { waiting: ErrandView[]; refused: ErrandView[] } {
    const shown = this.shelf.inOrder().flatMap(([id, errand]) => {
      const { request, at, refused: reason } = errand;
      return isWork(errand) ? [{ id, kind: errand.kind, request, at, reason }] : [];
    });
    return {
      waiting: shown.filter(({ reason }) => reason === null),
      refused: shown.filter(({ reason }) => reason !== null),
    };
  }

  // Within

  private known(request: string): RequestCard {
    const card = this.ground.request(request);
    if (!card) throw new Trouble('not-allowed');
    return card;
  }

  /** Whatever is swept later is not shown before that either. */
  private sweepsSoon(): void {
    this.sweeping ??= setTimeout(() => {
      this.sweeping = undefined;
      void this.sweep().catch(() => undefined);
    }, SWEEP_MS);
  }

  /** Removes cards and notes that are too old, and those of cases that are no longer this member's business. */
  private async sweep(): Promise<void> {
    const old = [...this.shelf.copies].filter(([request, copy]) => !this.mayKeep(request, copy));
    const { puts, deletes } = this.notes.outdated();
    deletes.push(...old.map(([request]) => `c/${request}`));
    if (deletes.length > 0) await this.ground.commit(puts, deletes);
  }

  private mayKeep(request: string, copy: Copy): boolean {
    const card = this.ground.request(request);
    if (!card || Date.now() >= copy.expires_at) return false;
    if (!card.can.open_card) return false;
    if (card.can.keep_card || card.can.share_in_danger) return true;
    return mayHelp(this.shelf.words.get(request) ?? []);
  }

  private async drop(request: string): Promise<void> {
    if (this.shelf.copies.has(request)) await this.ground.commit([], [`c/${request}`]);
  }

  private async note(
    request: string,
    street: string,
    deed: NoteErrand['note']['deed'],
    reason: Danger | null,
    id: string,
  ): Promise<void> {
    const at = Date.now();
    const note = { id, deed, reason, at };
    await this.ground.commit(
      [
        errandRecord({
          kind: 'note',
          street,
          request,
          at,
          refused: null,
          note,
        }),
      ],
      [],
    );
  }

  private async cardErrand(request: string, street: string, card: CardText): Promise<Errand> {
    const about = fromBase64url(request);
    const content = written(card);
    const recordKey = this.ground.recordKey();
    const own = await this.here.seal(about, content);
    const sealed = recordKey && {
      key: recordKey.id,
      ...(await seal(await publicKeyOf(recordKey.public_key), 'kruispunt/card/1', about, content)),
    };
    return {
      kind: 'card',
      street,
      request,
      at: Date.now(),
      refused: null,
      own,
      sealed,
    };
  }

  private wordsErrand(request: string, street: string, consents: Consent[], how: ConsentHow): Errand {
    const at = Date.now();
    const after = heardUntil(this.shelf.words.get(request) ?? ([] as HeardWord[]));
    const words: Word[] = consents.map((consent) => ({
      ...consent,
      id: base64url(freshId()),
      how,
      at,
      after,
    }));
    return { kind: 'words', street, request, at, refused: null, words };
  }

  private async cardHere(request: string, sealed: Sealed): Promise<CardText> {
    return readCard(await this.here.open(fromBase64url(request), sealed).catch(unreadable));
  }

  private async cardOf(request: string, copy: Copy): Promise<CardText> {
    if (copy.own) return this.cardHere(request, copy);
    const about = toDevice(request, this.ground.device() ?? '', copy.expires_at);
    const keys = await this.ground.keys.get();
    return readCard(await open(keys, 'kruispunt/card-to-device/1', about, copy).catch(unreadable));
  }
}

function isEmpty(card: CardText): boolean {
  return Object.values(card).every((text: string) => text.trim() === '');
}

/** A card of a newer version may say more, one of an older less. */
function readCard(content: Bytes): CardText {
  return { ...NOBODY, ...(read(content) as Partial<CardText> | undefined) };
}
