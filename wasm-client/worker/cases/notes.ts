/**
 * The notes of a case: what its participants write to each other about it. Sealed as cards are, and opened only for the
 * screen that shows them.
 *
 * The relay tells nobody that there are new ones: it is asked while somebody looks at a request.
 */
import { base64url, freshId, fromBase64url, joined, read, written, type Bytes } from '../bytes';
import type { RequestCard } from '../contract';
import type { Put } from '../effect';
import { Trouble, keyOf } from '../trouble';
import { mayHelp } from './consent';
import type { NoteAudience, NoteContent, NotesView, NoteView } from './contract';
import { CLOSED, type Ground } from './ground';
import type { Here } from './here';
import { relay, type HandedNotes } from './relay';
import { noteToDevice, open, publicKeyOf, seal, type Sealed } from './sealing';
import { errandRecord, type HeardNotes, type NoteCopy, type Shelf, type TalkErrand } from './shelf';

/** How often the relay is asked while somebody looks, and when the board shows something new, in milliseconds. */
const ASK_EVERY_MS = 30_000;
const ASK_AGAIN_MS = 2_000;

/** A note is at most so long, in bytes. */
const LONGEST = 2 << 10;

/** Copies that expire within so long are asked for anew, in milliseconds: half of what the relay gives them. */
const RENEW_MS = 3.5 * 24 * 3_600_000;

/** That nothing new was heard is written down this often, in milliseconds. */
const NOTED_MS = 10 * 60_000;

/** The relay said that these notes are not for this member, or not any more. */
const SHUT = new Set(['consent-missing', 'case-closed', 'not-allowed']);

const UNHEARD: HeardNotes = { heard: 0, audiences: [], heard_at: null, until: 0, seen: [] };

export class Notes {
  private readonly asking = new Map<string, Promise<void>>();
  /** When the relay was last asked about a request, and how its board showed it then. */
  private readonly asked = new Map<string, { at: number; card: string }>();

  constructor(
    private readonly shelf: Shelf,
    private readonly ground: Ground,
    private readonly here: Here,
  ) {}

  /** Asks about what somebody looks at, when it is time to. */
  goOn(): void {
    if (!this.ground.isOnline()) return;
    for (const request of this.ground.followed()) {
      const card = JSON.stringify(this.ground.request(request));
      const last = this.asked.get(request);
      const since = Date.now() - (last?.at ?? 0);
      if (since >= ASK_EVERY_MS || (since >= ASK_AGAIN_MS && last?.card !== card))
        void this.ask(request).catch(() => undefined);
    }
  }

  /** Asks the relay for what is new. Several who want to know at the same time are one. */
  ask(request: string): Promise<void> {
    let asking = this.asking.get(request);
    if (!asking) {
      const card = this.ground.request(request);
      this.asked.set(request, { at: Date.now(), card: JSON.stringify(card) });
      asking = this.asks(request, card).finally(() => this.asking.delete(request));
      this.asking.set(request, asking);
    }
    return asking;
  }

  private async asks(request: string, card: RequestCard | null): Promise<void> {
    // Of what is only on this phone the relay knows nothing.
    if (!card || card.safety === 'here' || this.readable(request).length === 0) return;
    try {
      let more = true;
      for (let after = this.after(request); more;) {
        const handed = await this.here.asks(relay.notes(request, card.area, after));
        after = handed.notes.at(-1)?.n ?? after;
        more = handed.more && handed.notes.length > 0;
        await this.keeps(request, handed, after);
      }
    } catch (thrown) {
      if (SHUT.has(keyOf(thrown))) await this.drop(request);
      throw thrown;
    }
  }

  /** Up to which note nothing has to be asked: none where a copy is soon too old, or more may be read than before. */
  private after(request: string): number {
    const soon = Date.now() + RENEW_MS;
    const isOld = this.shelf.notesOf(request).some(({ n, expires_at }) => n !== null && expires_at < soon);
    const { heard, audiences } = this.heard(request);
    const isWider = this.readable(request).some((audience) => !audiences.includes(audience));
    return isOld || isWider ? 0 : heard;
  }

  private async keeps(request: string, { notes, seen, expires_at }: HandedNotes, until: number): Promise<void> {
    const puts: Put[] = notes.map(({ first_name, ...note }) => [
      `n/${request}/${note.id}`,
      written({ ...note, name: first_name, own: false, expires_at } satisfies NoteCopy),
    ]);
    const before = this.heard(request);
    const me = this.ground.member();
    // What was seen on another phone of the same person is seen.
    const mine = seen.filter(({ member, audience }) => member === me && audience === 'case');
    const now: HeardNotes = {
      heard: Math.max(before.heard, until),
      audiences: this.readable(request),
      heard_at: before.heard_at,
      until: Math.max(before.until, ...mine.map((each) => each.until)),
      seen: seen.filter(({ member }) => member !== me),
    };
    const isNew = puts.length > 0 || JSON.stringify(now) !== JSON.stringify(before);
    if (!isNew && Date.now() - (before.heard_at ?? 0) < NOTED_MS) return;
    puts.push([`s/${request}`, written({ ...now, heard_at: Date.now() })]);
    await this.ground.commit(puts, []);
  }

  /** Opens what is here, after asking for what is new, and with that it is seen. */
  async read(request: string): Promise<{ id: string; content: NoteContent }[]> {
    if (!this.ground.request(request)) throw new Trouble('not-allowed');
    if (this.ground.isOnline()) {
      // What keeps the relay from answering does not keep anybody from reading what is here.
      await this.ask(request).catch((thrown: unknown) => {
        if (SHUT.has(keyOf(thrown))) throw thrown;
      });
    }
    const opened: { id: string; content: NoteContent }[] = [];
    for (const { id, sealed } of this.sorted(request)) {
      const content = await sealed().catch((thrown: unknown) => {
        if (keyOf(thrown) === 'locked') throw thrown;
      });
      const note = content && (read(content) as NoteContent | undefined);
      if (note) opened.push({ id, content: note });
    }
    await this.sees(request);
    return opened;
  }

  private async sees(request: string): Promise<void> {
    const heard = this.heard(request);
    const until = this.keepable(request).reduce((most, { n }) => Math.max(most, n ?? 0), 0);
    if (until <= heard.until) return;
    const { street } = this.known(request);
    const now = Date.now();
    // Another record and not the same one: that may just be on its way.
    const earlier = this.shelf.waiting(request).filter(([, { kind }]) => kind === 'seen');
    const seen = errandRecord({ kind: 'seen', street, request, at: now, refused: null, until });
    await this.ground.commit(
      [[`s/${request}`, written({ ...heard, until })], seen],
      earlier.map(([key]) => key),
    );
  }

  async write(request: string, audience: NoteAudience, content: NoteContent): Promise<void> {
    if (!this.writable(request).includes(audience)) throw new Trouble('not-allowed');
    const { street } = this.known(request);
    const plain = written(content);
    if (plain.length > LONGEST) throw new Trouble('note-too-long');
    const at = Date.now();
    const note = { id: base64url(freshId()), audience, at };
    const about = aboutNote(request, note.id);
    const own = await this.here.seal(about, plain);
    const key = this.ground.recordKey();
    const sealed = key && {
      key: key.id,
      ...(await seal(await publicKeyOf(key.public_key), 'kruispunt/note/1', about, plain)),
    };
    const errand: TalkErrand = { kind: 'talk', street, request, at, refused: null, note, own, sealed };
    await this.ground.commit([errandRecord(errand)], []);
  }

  view(request: string): NotesView {
    const { until, heard_at } = this.heard(request);
    const others = this.keepable(request).filter(({ mine, n }) => !mine && (n ?? 0) > until);
    return {
      notes: this.sorted(request).map(({ view }) => view),
      unseen: others.length,
      heard_at,
      audiences: this.writable(request),
    };
  }

  /** The notes of an export, opened. */
  async exported(request: string, handed: HandedNotes): Promise<unknown> {
    const notes = handed.notes.map(async ({ enc, sealed, first_name, ...note }) => {
      const copy = { ...note, name: first_name, own: false, expires_at: handed.expires_at, enc, sealed };
      return { ...note, first_name, content: read(await this.openCopy(request, copy)) };
    });
    return { notes: await Promise.all(notes), seen: handed.seen };
  }

  /** The requests whose notes are here only as long as the resident consents. */
  byConsent(): string[] {
    return this.shelf.requestsWithNotes().filter((request) => !this.readable(request).includes('care'));
  }

  /** What may no longer be here: the keys of copies, and the records that take the place of what was known of them. */
  outdated(): { puts: Put[]; deletes: string[] } {
    const puts: Put[] = [];
    const deletes: string[] = [];
    for (const request of this.shelf.requestsWithNotes()) {
      const readable = this.readable(request);
      const all = this.shelf.notesOf(request);
      const gone = all.filter(({ audience, expires_at }) => !readable.includes(audience) || Date.now() >= expires_at);
      deletes.push(...gone.map(({ id }) => `n/${request}/${id}`));
      if (readable.length === 0) deletes.push(`s/${request}`);
      // They are to be asked for anew.
      else if (gone.length > 0) puts.push([`s/${request}`, written({ ...this.heard(request), heard: 0 })]);
    }
    return { puts, deletes: deletes.filter((key) => this.shelf.has(key)) };
  }

  private async drop(request: string): Promise<void> {
    const keys = this.shelf.notesOf(request).map(({ id }) => `n/${request}/${id}`);
    const held = [...keys, `s/${request}`].filter((key) => this.shelf.has(key));
    if (held.length > 0) await this.ground.commit([], held);
  }

  /** All that is here, oldest first, each with the way to open it. What is not sent comes last. */
  private sorted(request: string): { id: string; view: NoteView; sealed: () => Promise<Bytes> }[] {
    const { seen } = this.heard(request);
    const copies = this.keepable(request).map((copy) => {
      const { id, audience, at, mine, member, name, n } = copy;
      const saw = seen.filter((each) => each.audience === audience && each.until >= (n ?? Infinity));
      const seen_by = saw.filter((each) => each.member !== member).map(({ first_name }) => first_name);
      const view: NoteView = { id, audience, at, mine, member, name, state: 'sent', errand: null, seen_by };
      return { id, view, sealed: () => this.openCopy(request, copy) };
    });
    const own = this.shelf.inOrder().flatMap(([key, errand]) => {
      if (errand.kind !== 'talk' || errand.request !== request) return [];
      const { note, refused } = errand;
      const state = refused === null ? 'waiting' : 'refused';
      const mine = { mine: true, member: this.ground.member() ?? null, name: null };
      const view: NoteView = { ...note, ...mine, state, errand: refused === null ? null : key, seen_by: [] };
      return [{ id: note.id, view, sealed: () => this.here.open(aboutNote(request, note.id), errand.own) }];
    });
    return [...copies, ...own];
  }

  /** The copies that may be here, in the relay's order; of what was just sent that is not known yet. */
  private keepable(request: string): NoteCopy[] {
    const readable = this.readable(request);
    const copies = this.shelf.notesOf(request);
    const here = copies.filter(({ audience, expires_at }) => readable.includes(audience) && Date.now() < expires_at);
    return here.sort((one, other) => (one.n ?? Infinity) - (other.n ?? Infinity) || one.at - other.at);
  }

  /** The rule of `core/src/access/note.rs`, as far as the board and what was heard of consent tell. */
  private readable(request: string): NoteAudience[] {
    const card = this.ground.request(request);
    if (!card) return [];
    if (card.can.open_card && card.can.share_in_danger) return ['case', 'care'];
    const helps = card.helping && card.can.notes && !CLOSED.has(card.stage);
    return helps && mayHelp(this.shelf.words.get(request) ?? []) ? ['case'] : [];
  }

  private writable(request: string): NoteAudience[] {
    const card = this.ground.request(request);
    return card && !CLOSED.has(card.stage) ? this.readable(request) : [];
  }

  private heard(request: string): HeardNotes {
    return this.shelf.heardNotes.get(request) ?? UNHEARD;
  }

  private known(request: string): { street: string } {
    const card = this.ground.request(request);
    if (!card) throw new Trouble('not-allowed');
    return { street: card.area };
  }

  private async openCopy(request: string, copy: Sealed & NoteCopy): Promise<Bytes> {
    if (copy.own) return this.here.open(aboutNote(request, copy.id), copy);
    const about = noteToDevice(request, copy.id, this.ground.device() ?? '', copy.expires_at);
    return open(await this.ground.keys.get(), 'kruispunt/note-to-device/1', about, copy);
  }
}

/** What a note belongs to. */
export function aboutNote(request: string, note: string): Bytes {
  return joined(fromBase64url(request), fromBase64url(note));
}
