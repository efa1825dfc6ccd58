/**
 * What a screen may ask about a case: the sealed card of a resident, what they consent to, and acute danger.
 *
 * What is in a card is on the screen that shows it and nowhere else: no view holds it.
 */
import type { Reply, Seen } from '../inbox/contract';

/** A resident, as somebody wrote them down. Everything may be empty. */
export interface CardText {
  name: string;
  address: string;
  phone: string;
  /** The question in the resident's own words. */
  words: string;
  /** The question behind the question, where somebody asked on. */
  behind?: string;
}

export const NOBODY: CardText = { name: '', address: '', phone: '', words: '' };

export type Purpose = 'arrange' | 'help';
export type Recipient = 'coordinator' | 'volunteer' | 'organisation' | 'neighbourhood_team';
export type ConsentHow = 'spoken' | 'written' | 'representative';

/** What a resident says about one thing that is asked. */
export interface Consent {
  purpose: Purpose;
  recipient: Recipient;
  given: boolean;
}

/** What residents are asked, in this order. */
export const ASKED_CONSENTS: readonly Omit<Consent, 'given'>[] = [
  { purpose: 'arrange', recipient: 'coordinator' },
  { purpose: 'help', recipient: 'volunteer' },
  { purpose: 'help', recipient: 'organisation' },
  { purpose: 'help', recipient: 'neighbourhood_team' },
];

export const DANGERS = ['fire', 'violence', 'health', 'suicide', 'child', 'other'] as const;
export type Danger = (typeof DANGERS)[number];

/** What is typed at the door beside the request itself. */
export interface CaseEntry {
  card: CardText;
  consents: Consent[];
  how: ConsentHow;
}

/** A request that is being written: `answers` is the screens' own. */
export interface CaseDraft {
  answers: unknown;
  entry: CaseEntry;
}

export interface OpenedCard {
  card: CardText;
  /** Until when a sealed copy stays on this phone; null while the card is not even sent. */
  expires_at: number | null;
  /** It was opened from this phone, without the relay. */
  offline: boolean;
}

/** What this phone knows about a case without opening anything. */
export interface CaseView {
  /** `waiting`: written here and not sent yet. `here`: a sealed copy is on this phone. */
  card: 'none' | 'here' | 'waiting';
  /** Whether each thing that is asked stands; null when nothing is known of it. */
  consents: (Omit<Consent, 'given'> & {
    stands: boolean | null;
    waiting: boolean;
  })[];
}

/** Who of a case's participants may read a note: all of them, or whoever logged the request and the coordinators. */
export type NoteAudience = 'case' | 'care';

/** How far a resident manages by themselves. */
export const SELF_RELIANCE = ['full', 'reduced', 'limited', 'dependent'] as const;
export type SelfReliance = (typeof SELF_RELIANCE)[number];

/** What is in a note: at most 2 KiB of it as JSON. */
export type NoteContent =
  { kind: 'text'; text: string } | { kind: 'self_reliance'; level: SelfReliance; suggested: boolean };

/** A note as this phone knows it, without what is in it. */
export interface NoteView {
  id: string;
  audience: NoteAudience;
  at: number;
  mine: boolean;
  member: string | null;
  /** First name of who wrote it; null where they were erased, and for what this phone did not send yet. */
  name: string | null;
  state: 'waiting' | 'sent' | 'refused';
  /** What to `dismiss` where it was refused, else null; the reason is in the view `errands`. */
  errand: string | null;
  /** First names of others who have seen it. */
  seen_by: string[];
}

/** The notes of a case on this phone, oldest first. */
export interface NotesView {
  notes: NoteView[];
  /** How many of others were not read here yet. */
  unseen: number;
  /** When the relay last said what notes there are; null when it never did. */
  heard_at: number | null;
  /** For whom the person holding this phone may write notes, as far as the board can tell; none when they may not. */
  audiences: NoteAudience[];
}

/** Something that waits to be sent beside the boards, or that the relay would not take. Never what is in it. */
export interface ErrandView {
  id: string;
  /** `talk` is a note between the participants, `note` one to the audit. */
  kind: 'card' | 'words' | 'note' | 'talk' | 'profile' | 'reply' | 'receipt';
  request: string | null;
  at: number;
  /** A message key under `reason.` or `problem.`; null while it waits. */
  reason: string | null;
}

export interface CaseWork {
  /** Stores a sealed draft of what is being written, or lets go of it. */
  keepDraft(draft: CaseDraft | null): Promise<void>;
  /** The draft that an earlier start of this phone left. */
  draft(): Promise<CaseDraft | null>;
  /**
   * Opens a card: from the relay, else the copy on this phone. Rejects with a `Problem`: `card-unknown`,
   * `consent-missing`, `case-closed`, `not-allowed`, or `card-not-here` without reception.
   */
  open(request: string, danger: Danger | null): Promise<OpenedCard>;
  /** Another card in the place of the one there is. Resolves once it is sealed on this phone. */
  change(request: string, card: CardText): Promise<void>;
  /** Notes what the resident consents to, or no longer. Resolves once it is on this phone. */
  say(request: string, consents: Consent[], how: ConsentHow): Promise<void>;
  /** Asks the relay what the resident consents to. Harmless without reception. */
  hear(request: string): Promise<void>;
  /**
   * Opens the notes of a case that are on this phone, after asking the relay for newer ones where there is reception,
   * and with that they are seen. One that cannot be opened is left out. Rejects with a `Problem`: `not-allowed`,
   * `consent-missing`, `case-closed`, `locked`.
   */
  readNotes(request: string): Promise<{ id: string; content: NoteContent }[]>;
  /** Writes a note. Resolves once it is sealed on this phone. Rejects with `not-allowed` or `note-too-long`. */
  writeNote(request: string, audience: NoteAudience, content: NoteContent): Promise<void>;
  /** Lets go of something the relay would not take, after its author read it. */
  dismiss(errand: string): Promise<void>;
  /** Who asks by themselves, for whoever reviews that. Needs the relay, and is kept nowhere. */
  openIntake(intake: string): Promise<CardText>;
  /** Erases a case for good, everywhere. Needs the relay. */
  erase(request: string): Promise<void>;
  /** Asks the relay which notices there are. Rejects with a `Problem` without reception. */
  hearNotices(): Promise<void>;
  /** Marks notices as seen. Resolves once that is on this phone. */
  seeNotices(which: Seen): Promise<void>;
  /**
   * Does what somebody said to a notification. `waits`: this phone does not know the request yet, and does it as soon
   * as it does. Rejects with the core's reason when it is too late.
   */
  reply(request: string, reply: Reply): Promise<'done' | 'waits'>;
  /** Everything held about a case, as JSON, with the card opened. Needs the relay. */
  export(request: string): Promise<unknown>;
}
