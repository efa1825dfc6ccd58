/**
 * What a screen may ask of the core, and what it gets back.
 *
 * Screens never see automerge, frames, IndexedDB or the network: they watch views and give commands.
 * The shapes of views and commands are those of `kruispunt-core` (`core/src/view`, `core/src/command`);
 * every identifier is an opaque string, every time a Unix time in milliseconds.
 */

import type { CaseEntry, CaseView, CaseWork, ErrandView, NotesView } from './cases/contract';
import type { Profile } from './profile/contract';

export * from './cases/contract';
export * from './profile/contract';

export type Theme =
  | 'groceries'
  | 'transport'
  | 'company'
  | 'chores'
  | 'paperwork'
  | 'digital'
  | 'language'
  | 'children'
  | 'care'
  | 'liveability'
  | 'other';

/** What is asked, within a theme: the shared board carries these keys, never free text. */
export const ASKS: Record<Theme, readonly string[]> = {
  groceries: ['shop_for_me', 'shop_together', 'pharmacy', 'heavy_things'],
  transport: ['doctor', 'visit', 'walk_along', 'fetch'],
  company: ['coffee', 'walk', 'game', 'meal'],
  chores: ['lamp', 'garden', 'repair', 'move_things'],
  paperwork: ['letter', 'form', 'phone_call', 'sort'],
  digital: ['phone', 'computer', 'government_site', 'video_call'],
  language: ['practise', 'read_letter', 'interpret', 'course'],
  children: ['sitting', 'homework', 'play', 'school_run'],
  care: ['check_in', 'after_hospital', 'respite', 'pet'],
  liveability: ['litter', 'broken', 'noise', 'green'],
  other: ['something_else'],
};

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';
export type DayPart = 'morning' | 'afternoon' | 'evening';
export type Urgency = 'can_wait' | 'this_week' | 'today';
export type Repeat = 'once' | 'weekly' | 'sometimes';

/** Where a request stands in its life, as every device works it out from the same document. */
export type Stage = 'logged' | 'open' | 'offered' | 'matched' | 'done' | 'fed_back' | 'closed' | 'solved' | 'withdrawn';

/** `waiting`: the relay has not said yet. `matched`: confirmed. `reserve`: somebody was just earlier. */
export type Standing = 'waiting' | 'matched' | 'reserve';

/** `here`: on this phone only. `sent`: the relay has it on disk. `refused`: the relay would not take it. */
export type Safety = 'here' | 'sent' | 'refused';

export interface ClaimView {
  member: string;
  /** First name as the helper shares it on this street's board. */
  name: string | null;
  at: number;
  standing: Standing;
}

export interface RequestCard {
  id: string;
  /** The street's area id. */
  area: string;
  /** The street's name, for showing. */
  street: string;
  theme: Theme | string;
  ask: string;
  day: Weekday | null;
  part: DayPart | null;
  urgency: Urgency;
  repeat: Repeat;
  stage: Stage;
  safety: Safety;
  logged_at: number;
  /** Logged by the person using this device. */
  mine: boolean;
  claims: ClaimView[];
  my_claim: Standing | null;
  /** Why a refused piece of work was refused: a message key under `reason.`, else null. */
  refusal: string | null;
  can: {
    claim: boolean;
    release: boolean;
    done: boolean;
    feedback: boolean;
    withdraw: boolean;
    open_card: boolean;
    keep_card: boolean;
    share_in_danger: boolean;
    erase: boolean;
  };
}

export type AreaKind = 'town' | 'district' | 'quarter' | 'neighbourhood' | 'street';

export interface AreaNode {
  id: string;
  code: string;
  name: string;
  kind: AreaKind;
  parent: string | null;
  /** Requests that are not closed, solved or withdrawn, in this area and below. */
  active: number;
}

export type Role =
  | 'ambassador'
  | 'volunteer'
  | 'coordinator'
  | 'process_manager'
  | 'steward'
  | 'file_manager'
  | 'organisation_contact'
  | 'neighbourhood_team';

export interface Me {
  member: string;
  first_name: string;
  memberships: { area: string; area_name: string; role: Role }[];
  /** What they say of themselves as a volunteer, also what is not sent yet; null while they never did. */
  profile: Profile | null;
}

export type Column = 'seeking' | 'busy' | 'feedback' | 'closed';

export interface Views {
  /** An ambassador's own streets. */
  streets: { streets: StreetLine[] };
  /** One street as its ambassador sees it. `waiting_for_me`: feedback to give, oldest first. */
  street: {
    area: string;
    name: string;
    waiting_for_me: RequestCard[];
    in_street: RequestCard[];
    past: RequestCard[];
  };
  /** `fits`: open tasks, most urgent then oldest first. `appointments`: what I said I would do. */
  volunteer: {
    fits: RequestCard[];
    appointments: RequestCard[];
    past: RequestCard[];
  };
  /** `area: null` is everything I may see. */
  board: {
    area: string | null;
    columns: { column: Column; cards: RequestCard[] }[];
    areas: AreaNode[];
  };
  request: { request: RequestCard | null };
  /** This phone's own work that is not safe at the relay, street by street; a street with none is not there. */
  work: { streets: StreetWork[] };
  /** What this phone knows about the case of a request, without opening its card. */
  case: CaseView;
  /** The notes of a case, without what is in them. */
  notes: NotesView;
  /** What is to be sent beside the boards, oldest first. */
  errands: { waiting: ErrandView[]; refused: ErrandView[] };
}

export interface StreetLine {
  area: string;
  name: string;
  active: number;
  /** Pieces of this phone's work there that the relay has not confirmed. */
  unsent: number;
  /** Pieces of it that the relay would not take. */
  refused: number;
}

export interface StreetWork {
  area: string;
  /** Empty when this person may no longer see the street. */
  name: string;
  /** Pieces of work that the relay has not confirmed. */
  unsent: number;
  /** What the relay would not take, oldest first. */
  refused: RefusedWork[];
}

export interface RefusedWork {
  request: string;
  /** What was done. */
  deed: Command['type'];
  /** What the request asks, as far as this phone knows. */
  ask: string | null;
  at: number;
  /** A message key under `reason.` */
  reason: string;
}

export type ViewQuery =
  | { view: 'streets' }
  | { view: 'street'; area: string }
  | { view: 'volunteer' }
  | { view: 'board'; area: string | null }
  | { view: 'request'; id: string }
  | { view: 'work' }
  | { view: 'case'; request: string }
  | { view: 'notes'; request: string }
  | { view: 'errands' };

export type Command =
  | {
      type: 'log_request';
      area: string;
      theme: Theme;
      ask: string;
      day: Weekday | null;
      part: DayPart | null;
      urgency: Urgency;
      repeat: Repeat;
    }
  | { type: 'claim_request'; request: string }
  | { type: 'release_claim'; request: string }
  | { type: 'mark_done'; request: string }
  | {
      type: 'give_feedback';
      request: string;
      how: 'in_person' | 'phone' | 'letter';
    }
  | { type: 'withdraw_request'; request: string };

/**
 * Where this phone's work is kept. `disk`: as it should be. `full`, `failing`: the phone does not take it, so it is in
 * this window only. `cleared`: somebody emptied the phone's storage while the app was open.
 */
export type Keeping = 'disk' | 'full' | 'failing' | 'cleared';

/** Work that is not safe at the relay, as a file. */
export interface Unsent {
  /** A name for the file, without an ending. */
  name: string;
  /** JSON that a person can read. */
  text: string;
  pieces: number;
}

/** Always visible on every screen. */
export interface Status {
  /**
   * `starting`: local data is being read. `signed_out`: this device has no member yet.
   * `ready`: usable, with or without a network. `revoked`: the relay no longer knows this device.
   * `broken`: the phone's storage cannot be read or written; `problem` says how.
   */
  phase: 'starting' | 'signed_out' | 'ready' | 'revoked' | 'broken';
  link: 'online' | 'connecting' | 'offline';
  /** Pieces of work saved here that the relay has not confirmed. */
  unsent: number;
  refused: number;
  me: Me | null;
  /** A message key under `problem.`, or null. */
  problem: string | null;
  keeping: Keeping;
  /** Whether somebody set a code on this phone, and whether it was given: `shut` when it was wrong too often. */
  code: 'none' | 'open' | 'locked' | 'shut';
  /** Pieces of work that were not sent when this phone was taken from its member: to be saved as a file. */
  leftover: number;
}

/**
 * A call of the relay's HTTP interface (`docs/INTERFACE.md`), for what lives there alone: people, invitations, phones.
 * The worker puts the session with it, which no page ever holds.
 */
export interface Question {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: `/api/${string}`;
  body?: unknown;
}

/** Thrown by `command`, `ask` and `redeem`; `key` is a message key under `problem.` */
export interface Problem {
  key: string;
}

/** The whole of what screens import from the core: `connect()` in `wasm-client/worker/connect.ts` returns one. */
export interface Kruispunt {
  /** Calls back at once with what is known and at every change; returns the way to stop. */
  status(listener: (status: Status) => void): () => void;
  /** Calls back when first known and at every change; returns the way to stop. */
  watch<Q extends ViewQuery>(query: Q, listener: (view: Views[Q['view']]) => void): () => void;
  /**
   * Resolves with the request's id once the change is durably on this phone (not: once it is sent).
   * Rejects with a `Problem` and changes nothing otherwise. What is told of the case goes with a request that is logged.
   */
  command(command: Command, entry?: CaseEntry): Promise<{ request: string }>;
  /** What is sealed, and what is not on any board. */
  cases: CaseWork;
  /**
   * Makes this device's key pair, redeems a single-use sign-in secret and stores the membership.
   * Rejects with a `Problem`: `invitation-unknown`, `invitation-used`, `invitation-expired`, `no-network`,
   * `signed-in-already`, `storage`, `storage-full`.
   */
  redeem(secret: string): Promise<void>;
  /**
   * Takes the member and everything stored for them off this device.
   * Rejects with `unsent-work` while something is not sent yet, unless its author says that they have it on file.
   */
  signOut(onFile: boolean): Promise<void>;
  /**
   * Changes what the member says of themselves: the fields that are there. Resolves once it is on this phone; it is sent
   * as an errand of kind `profile`, and `Status.me.profile` has it at once.
   */
  setProfile(change: Partial<Profile>): Promise<void>;
  /** Lets go of refused work after its author read it. */
  dismiss(request: string): Promise<void>;
  /** Everything that is not safe at the relay; works without a network, and when no street can be read. */
  unsent(): Promise<Unsent>;
  /**
   * Sets a code on this phone, or with null takes it away. Rejects with `code-wrong`, `code-shut`, or `code-busy` while
   * something is not sent yet.
   */
  setCode(code: string | null, present: string | null): Promise<void>;
  /** Gives the code of this phone. Rejects with `code-wrong` or `code-shut`. */
  unlock(code: string): Promise<void>;
  /** Asks the relay. Rejects with a `Problem`: `no-network`, or the key of the relay's answer. Nothing of it is kept. */
  ask(question: Question): Promise<unknown>;
  /** Lets go of what was left behind on a phone that was taken from its member. */
  putAway(): Promise<void>;
}
