/**
 * What this phone keeps of cases, in records beside the core's, whose keys the core does not know:
 *
 * ```text
 * e/<moment><id>   something to be sent that is no change of a board: an errand
 * c/<request>      a card that was opened here, sealed to this phone
 * w/<request>      what the relay said of the resident's consent
 * p                what is being written, sealed to this phone
 * ```
 *
 * Nothing about a resident is in them that is not sealed. Memory is a fold over these records, so another tab of the
 * same phone stays equal by reading the same writes.
 */
import { type Bytes, read } from '../bytes';
import type { Put } from '../effect';
import type { Profile } from '../profile/contract';
import type { Consent, ConsentHow, Danger } from './contract';
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
export type ReceiptErrand = Common & { kind: 'receipt'; erasure: string };
/** What a volunteer changed of what they say of themselves. */
export type ProfileErrand = Common & { kind: 'profile'; change: Partial<Profile> };
export type Errand = CardErrand | WordsErrand | NoteErrand | ReceiptErrand | ProfileErrand;

/** A card on this phone. `own`: written here. Otherwise the relay sealed it to this phone, for so long. */
export interface Copy extends Sealed {
  own: boolean;
  expires_at: number;
}

export class Shelf {
  /** By their keys, which are in order of time. */
  readonly errands = new Map<string, Errand>();
  readonly copies = new Map<string, Copy>();
  readonly words = new Map<string, HeardWord[]>();
  draft: Sealed | undefined;

  load(records: readonly Put[]): void {
    this.errands.clear();
    this.copies.clear();
    this.words.clear();
    this.draft = undefined;
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
    // A receipt is between phone and relay: nobody did anything that could get lost.
    const work = [...this.errands.values()].filter(({ kind }) => kind !== 'receipt');
    const refused = work.filter((errand) => errand.refused !== null).length;
    return { unsent: work.length - refused, refused };
  }

  /** The keys of everything about a request. */
  about(request: string): string[] {
    const errands = [...this.errands].filter(([, errand]) => errand.request === request);
    return [...errands.map(([key]) => key), `c/${request}`, `w/${request}`];
  }

  has(key: string): boolean {
    const [kind, about = ''] = key.split('/');
    return this.errands.has(key) || (kind === 'c' && this.copies.has(about)) || (kind === 'w' && this.words.has(about));
  }

  private take(key: string, bytes: Bytes | undefined): void {
    const [kind, about] = key.split('/');
    if (kind === 'e') put(this.errands, key, bytes && (read(bytes) as Errand | undefined));
    else if (kind === 'c' && about) put(this.copies, about, bytes && (read(bytes) as Copy | undefined));
    else if (kind === 'w' && about) put(this.words, about, bytes && (read(bytes) as HeardWord[] | undefined));
    else if (key === 'p') this.draft = bytes && (read(bytes) as Sealed | undefined);
  }
}

function put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

let errandsMade = 0;

/** A key for an errand: later ones come later, also within a millisecond. */
export function errandKey(at: number, id: string): string {
  errandsMade = (errandsMade + 1) % 0x10000;
  return `e/${hex(at, 12)}${hex(errandsMade, 4)}${id}`;
}

function hex(number: number, length: number): string {
  return number.toString(16).padStart(length, '0');
}
