/**
 * What this phone keeps of cases, in records beside the core's, whose keys the core does not know:
 *
 * ```text
 * e/<moment><id>   something to be sent that is no change of a board: an errand
 * c/<request>      a card that was opened here, sealed to this phone
 * w/<request>      what the relay said of the resident's consent
 * n/<request>/<id> a note that was read here, sealed to this phone
 * s/<request>      what the relay said of notes: how far it was heard, and who has seen them
 * p                what is being written, sealed to this phone
 * ```
 *
 * Nothing about a resident is in them that is not sealed. Memory is a fold over these records, so another tab of the
 * same phone stays equal by reading the same writes.
 */
import { type Bytes, freshId, read, written } from '../bytes';
import type { Put } from '../effect';
import type { InboxView, Reply } from '../inbox/contract';
import type { Profile } from '../profile/contract';
import type { Consent, ConsentHow, Danger, NoteAudience } from './contract';
import type { Sealed } from './sealing';

/** A word of a resident, as it is sent. */
export interface Word extends Consent {
  id: string;
  how: ConsentHow;
  at: number;
  /** The number of the last word about this case that this phone had heard of. */
  after: number;
}

/** A word as the relay has it. */
export interface HeardWord extends Omit<Word, 'after'> {
  n: number;
  after?: number;
}

interface Common {
  /** The street, for errands about a request. */
  street: string | null;
  request: string | null;
  at: number;
  /** Why the relay would not take it. */
  refused: string | null;
}

export type CardErrand = Common & {
  kind: 'card';
  /** For this phone, should it have to be sealed anew. */
  own: Sealed;
  /** For the relay; none while this phone knows no key of the relay. */
  sealed: (Sealed & { key: string }) | null;
};
export type WordsErrand = Common & { kind: 'words'; words: Word[] };
export type NoteErrand = Common & {
  kind: 'note';
  note: {
    id: string;
    deed: 'opened-offline' | 'danger';
    reason: Danger | null;
    at: number;
  };
};
/** A note between the participants of a case. */
export type TalkErrand = Common & {
  kind: 'talk';
  note: { id: string; audience: NoteAudience; at: number };
  /** As of a card. */
  own: Sealed;
  sealed: (Sealed & { key: string }) | null;
};
/** Up to which note this member has seen them. */
export type SeenErrand = Common & { kind: 'seen'; until: number };
export type ReceiptErrand = Common & { kind: 'receipt'; erasure: string };
/** What a volunteer changed of what they say of themselves. */
export type ProfileErrand = Common & { kind: 'profile'; change: Partial<Profile> };
/** Which notices this member has seen. */
export type NoticedErrand = Common & { kind: 'noticed'; ids: string[] };
/** What somebody said to a notification about a request that this phone did not have yet. */
export type ReplyErrand = Common & { kind: 'reply'; request: string; reply: Reply };
/** What somebody did, and would want to know of should it get lost. */
export type Work = CardErrand | WordsErrand | NoteErrand | TalkErrand | ProfileErrand | ReplyErrand;
export type Errand = Work | SeenErrand | ReceiptErrand | NoticedErrand;

/** A card on this phone. `own`: written here. Otherwise the relay sealed it to this phone, for so long. */
export interface Copy extends Sealed {
  own: boolean;
  expires_at: number;
}

/** A note on this phone. `own` as of a card; without `n` while the relay did not say its place. */
export interface NoteCopy extends Copy {
  id: string;
  n: number | null;
  audience: NoteAudience;
  member: string | null;
  name: string | null;
  at: number;
  mine: boolean;
}

/** How far somebody has seen the notes for an audience. */
export interface SeenNotes {
  member: string;
  first_name: string;
  audience: NoteAudience;
  until: number;
}

/**
 * `heard`: the last note the relay told of, of those for `audiences`. `until`: the last one that was read here. `seen`:
 * by others.
 */
export interface HeardNotes {
  heard: number;
  audiences: NoteAudience[];
  heard_at: number | null;
  until: number;
  seen: SeenNotes[];
}

export class Shelf {
  /** By their keys, which are in order of time. */
  readonly errands = new Map<string, Errand>();
  readonly copies = new Map<string, Copy>();
  readonly words = new Map<string, HeardWord[]>();
  readonly heardNotes = new Map<string, HeardNotes>();
  /** By request, then by their identifiers. */
  private readonly notes = new Map<string, Map<string, NoteCopy>>();
  draft: Sealed | undefined;
  inbox: InboxView = { notices: [], heard_at: null };

  load(records: readonly Put[]): void {
    this.errands.clear();
    this.copies.clear();
    this.words.clear();
    this.heardNotes.clear();
    this.notes.clear();
    this.draft = undefined;
    this.inbox = { notices: [], heard_at: null };
    this.absorb(records, []);
  }

  absorb(puts: readonly Put[], deletes: readonly string[]): void {
    for (const [key, bytes] of puts) this.take(key, bytes);
    for (const key of deletes) this.take(key, undefined);
  }

  /** What waits about a request, or about none, in the order it was done. */
  waiting(request: string | null): [string, Errand][] {
    return this.inOrder().filter(([, errand]) => errand.request === request && errand.refused === null);
  }

  inOrder(): [string, Errand][] {
    return [...this.errands].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  count(): { unsent: number; refused: number } {
    const work = [...this.errands.values()].filter(isWork);
    const refused = work.filter((errand) => errand.refused !== null).length;
    return { unsent: work.length - refused, refused };
  }

  /** The keys of everything about a request. */
  about(request: string): string[] {
    const errands = [...this.errands].filter(([, errand]) => errand.request === request);
    const keys = errands.map(([key]) => key);
    return [...keys, `c/${request}`, `w/${request}`, ...this.notesOf(request).map(noteKey(request)), `s/${request}`];
  }

  has(key: string): boolean {
    const [kind, about = '', note = ''] = key.split('/');
    if (kind === 'c') return this.copies.has(about);
    if (kind === 'w') return this.words.has(about);
    if (kind === 'n') return this.notes.get(about)?.has(note) === true;
    if (kind === 's') return this.heardNotes.has(about);
    return this.errands.has(key);
  }

  notesOf(request: string): NoteCopy[] {
    return [...(this.notes.get(request)?.values() ?? [])];
  }

  /** The requests of which something about notes is here. */
  requestsWithNotes(): string[] {
    return [...new Set([...this.notes.keys(), ...this.heardNotes.keys()])];
  }

  /** The records of notes in which somebody is named, without their name. */
  nameless(member: string): Put[] {
    const puts: Put[] = [];
    for (const request of this.requestsWithNotes()) {
      const theirs = this.notesOf(request).filter((copy) => copy.member === member && copy.name !== null);
      for (const copy of theirs) puts.push([`n/${request}/${copy.id}`, written({ ...copy, name: null })]);
      const heard = this.heardNotes.get(request);
      const seen = heard?.seen.filter((each) => each.member !== member);
      if (heard && seen && seen.length < heard.seen.length) puts.push([`s/${request}`, written({ ...heard, seen })]);
    }
    return puts;
  }

  /** The keys of everything that is sealed to this phone and that the relay has too. */
  sealedKeys(): string[] {
    const cards = [...this.copies.keys()].map((request) => `c/${request}`);
    const notes = [...this.notes.keys()].flatMap((request) => this.notesOf(request).map(noteKey(request)));
    return [...cards, ...notes];
  }

  /** The record of the inbox without what it says about a request; none where it says nothing. */
  inboxWithout(request: string): Put[] {
    const notices = this.inbox.notices.filter((each) => each.request !== request);
    return notices.length < this.inbox.notices.length ? [['inbox', written({ ...this.inbox, notices })]] : [];
  }

  private takeNote(request: string, id: string, copy: NoteCopy | undefined): void {
    const notes = this.notes.get(request) ?? new Map<string, NoteCopy>();
    put(notes, id, copy);
    put(this.notes, request, notes.size > 0 ? notes : undefined);
  }

  private take(key: string, bytes: Bytes | undefined): void {
    const [kind, about, note] = key.split('/');
    if (kind === 'e') put(this.errands, key, bytes && (read(bytes) as Errand | undefined));
    else if (kind === 'c' && about) put(this.copies, about, bytes && (read(bytes) as Copy | undefined));
    else if (kind === 'w' && about) put(this.words, about, bytes && (read(bytes) as HeardWord[] | undefined));
    else if (kind === 'n' && about && note) this.takeNote(about, note, bytes && (read(bytes) as NoteCopy | undefined));
    else if (kind === 's' && about) put(this.heardNotes, about, bytes && (read(bytes) as HeardNotes | undefined));
    else if (key === 'p') this.draft = bytes && (read(bytes) as Sealed | undefined);
    else if (key === 'inbox' && bytes) this.inbox = (read(bytes) as InboxView | undefined) ?? this.inbox;
  }
}

/** Receipts, and what somebody has seen, are between phone and relay: nobody did anything that could get lost. */
export function isWork(errand: Errand): errand is Work {
  return !['receipt', 'seen', 'noticed'].includes(errand.kind);
}

function noteKey(request: string): (copy: NoteCopy) => string {
  return ({ id }) => `n/${request}/${id}`;
}

function put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

let errandsMade = 0;

/** A record for the store that holds an errand. Later ones have later keys, also within a millisecond. */
export function errandRecord(errand: Errand): [key: string, bytes: Bytes] {
  errandsMade = (errandsMade + 1) % 0x10000;
  const id = Array.from(freshId(), (byte) => hex(byte, 2)).join('');
  return [`e/${hex(errand.at, 12)}${hex(errandsMade, 4)}${id}`, written(errand)];
}

function hex(number: number, length: number): string {
  return number.toString(16).padStart(length, '0');
}
