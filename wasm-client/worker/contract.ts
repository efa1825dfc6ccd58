/**
 * What a screen may ask of the core, and what it gets back.
 *
 * Screens never see automerge, frames, IndexedDB or the network: they watch views and give commands.
 * The shapes of views and commands are those of `kruispunt-core` (`core/src/view`, `core/src/command`);
 * every identifier is an opaque string, every time a Unix time in milliseconds.
 */

import type { CaseEntry, CaseView, CaseWork, ErrandView, NotesView } from './cases/contract';
import type { InboxView } from './inbox/contract';
import type { Profile } from './profile/contract';

export * from './cases/contract';
export * from './inbox/contract';
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
export type Stage =
  | 'open'
  | 'offered'
  | 'matched'
  | 'done'
  /** The resident was told. */
  | 'fed_back'
  /** The ambassador helped on the spot. */
  | 'solved'
  /** Nobody can be told, for a reason. */
  | 'closed'
  /** Answered together with another one. */
  | 'merged'
  | 'withdrawn';

/** Who brought a request in. */
export type Source = 'ambassador' | 'desk' | 'resident' | 'finding_place' | 'professional';

/** How a request is answered, lightest first. */
export type Route = 'informal' | 'combined' | 'formal' | 'neighbourhood_team';
export type RouteReason = 'nobody_found' | 'needs_skill' | 'too_heavy' | 'safety' | 'resident_wish' | 'public_space';

/** How far help is looked for, nearest first. */
export type Step = 'own_network' | 'street' | 'neighbourhood' | 'further';

/** Why somebody should look at a request. */
export type Attention = 'nobody' | 'no_answer' | 'trouble' | 'untold';

export type PassReason = 'not_now' | 'not_fitting' | 'too_far';
export type TroubleReason = 'nobody_home' | 'cannot_come' | 'too_much' | 'worries_me' | 'other_question';
export type UntoldReason = 'unreachable' | 'moved' | 'died' | 'not_wanted' | 'anonymous';
export type HandBackReason = 'no_service' | 'no_room' | 'neighbour_can';
export type FeedbackHow = 'in_person' | 'phone' | 'letter';
/** What somebody who was asked said. */
export type Answer = 'waiting' | 'offered' | 'passed';

/**
 * Something that is said about a fit: a message key under `fit.`, and the keys of words that belong in it.
 *
 * Reasons: `asked`; `likes` (word: a theme); `has_time` (word: a day or null, more: a part of the day or null); `near`
 * (word: `street`, `neighbourhood`, `quarter`); `speaks` (word: a language); `prefers` (word: a preference).
 * Obstacles: `away`; `enough`; `passed`; `other_talents` (theme); `no_time` (day, part); `too_far` (distance, also
 * `far`); `other_languages` (language); `rather_not` (preference).
 */
export interface Said {
  key: string;
  word: string | null;
  more: string | null;
}

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
  /** Which language whoever helps had better speak, by its code. */
  language: string | null;
  source: Source;
  /** How many helpers are needed. */
  places: number;
  stage: Stage;
  safety: Safety;
  logged_at: number;
  /** Logged by the person using this device. */
  mine: boolean;
  claims: ClaimView[];
  my_claim: Standing | null;
  /** This person helps: matched, or for an organisation that took it up. */
  helping: boolean;
  /** Why a refused piece of work was refused: a message key under `reason.`, else null. */
  refusal: string | null;
  /** A coordinator looked at it. */
  triaged: boolean;
  route: Route;
  route_why: RouteReason | null;
  step: Step;
  /** Most pressing first; empty when nothing asks for a look. */
  attention: Attention[];
  /** What is in the way of the task. */
  trouble: TroubleReason | null;
  asked: { member: string; name: string | null; at: number; answer: Answer }[];
  /** A coordinator asked this person, who did not answer yet. */
  asked_me: boolean;
  /** This person said that it is not for them. */
  passed: PassReason | null;
  /** When a helper began. */
  started_at: number | null;
  /** How long it took this person. */
  minutes: number | null;
  /** Who took it up for an organisation or the neighbourhood team. */
  taken_up: { member: string; name: string | null; at: number } | null;
  done_at: number | null;
  told: { at: number; how: FeedbackHow } | null;
  untold: UntoldReason | null;
  /** What it belongs with (one household, one street), in the same street. */
  linked: string[];
  merged_into: string | null;
  merged: string[];
  /** Only of talents. */
  invited: boolean;
  joined: boolean;
  /** Why it is proposed to this person, most important first; only in `volunteer` and `request`. */
  reasons: Said[];
  /** What stands in the way of proposing it; only in `volunteer` and `request`. */
  obstacles: Said[];
  can: {
    claim: boolean;
    pass: boolean;
    release: boolean;
    start: boolean;
    done: boolean;
    hours: boolean;
    trouble: boolean;
    feedback: boolean;
    close_untold: boolean;
    solve: boolean;
    withdraw: boolean;
    link: boolean;
    /** Look at it, set route and step, ask, choose and let go helpers, merge and split. */
    triage: boolean;
    take_up: boolean;
    hand_back: boolean;
    /** Of a talent: invited, or a member now. */
    invite: boolean;
    notes: boolean;
    open_card: boolean;
    keep_card: boolean;
    share_in_danger: boolean;
    erase: boolean;
  };
}

/** One thing that happened to a request: the hand-over log. */
export interface HistoryLine {
  at: number;
  /**
   * `logged`, `offered`, `matched`, `done`, `told` (why: how), `withdrawn`, or an entry: `triaged`, `route` (to, why),
   * `step` (to), `stuck` (why: an attention), `asked`/`assigned`/`let_go`/`expired` (who), `passed` (why), `started`,
   * `hours` (n minutes), `trouble` (why), `solved`, `untold` (why), `linked`/`merged` (into), `split`, `taken_up`,
   * `handed_back` (why), `invited`, `joined`.
   */
  kind: string;
  /** Null: the relay itself, or not known. */
  by: string | null;
  name: string | null;
  mine: boolean;
  to: string | null;
  why: string | null;
  who: string | null;
  who_name: string | null;
  into: string | null;
  n: number | null;
}

/** Somebody who could help, as the matching sees them. */
export interface CandidateView {
  member: string;
  name: string;
  reasons: Said[];
  obstacles: Said[];
  /** Tasks they are at now. */
  busy: number;
  /** Tasks they did in the last thirty days. */
  lately: number;
  /** When they were matched last. */
  last_at: number | null;
  answer: Answer | null;
  helps: boolean;
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

/** `new`: no coordinator looked at it and nobody offered; volunteers see it all the same. */
export type Column = 'new' | 'seeking' | 'busy' | 'feedback' | 'closed';

/** What of the board somebody wants to see. What is left out, and empty lists, mean everything. */
export interface BoardFilter {
  area?: string | null;
  themes?: Theme[];
  routes?: Route[];
  urgencies?: Urgency[];
  columns?: Column[];
  /** Only what somebody should look at. */
  attention?: boolean;
  /** Only what was logged before this moment. */
  before?: number | null;
  /**
   * What was typed, looked up among the words of the screen: whatever matches one of these is found. `name` is the
   * beginning of a helper's first name in small letters. The core knows no words.
   */
  search?: {
    asks?: string[];
    themes?: string[];
    areas?: string[];
    members?: string[];
    name?: string | null;
    request?: string | null;
  } | null;
  /** Only for the table. */
  sort?: 'need' | 'oldest' | 'newest' | 'street' | 'theme' | 'column';
}

export interface Views {
  /** An ambassador's own streets. */
  streets: { streets: StreetLine[] };
  /**
   * One street as its ambassador sees it. `waiting_for_me`: refused work, feedback to give (also of what was answered
   * together with another one), what is stuck, what is in a helper's way. `talents`: a card each, `theme` and `ask` are
   * what they like to do.
   */
  street: {
    area: string;
    name: string;
    waiting_for_me: RequestCard[];
    in_street: RequestCard[];
    past: RequestCard[];
    talents: RequestCard[];
  };
  /**
   * `asked`: a coordinator asked me. `fits`: fits me and is looked for as near as I am, most urgent then best first.
   * `others`: open as well, last what I passed. `appointments`: what I said I would do. `past`: done; `minutes` null asks for how long.
   */
  volunteer: {
    asked: RequestCard[];
    fits: RequestCard[];
    others: RequestCard[];
    appointments: RequestCard[];
    past: RequestCard[];
  };
  /** `area: null` is everything I may see. Each column has its first cards, and how many there are. */
  board: {
    area: string | null;
    columns: { column: Column; total: number; cards: RequestCard[] }[];
    /** How many somebody should look at. */
    attention: number;
    areas: AreaNode[];
  };
  table: { total: number; rows: RequestCard[] };
  /** Who could help, the best first; `known` is false until `hearHelpers` told of any. */
  candidates: { known: boolean; candidates: CandidateView[] };
  talents: { talents: RequestCard[] };
  /** What I did as an ambassador. */
  history: {
    logged: number;
    solved: number;
    told: number;
    talents: number;
    requests: RequestCard[];
  };
  /** `history`: oldest first. */
  request: { request: RequestCard | null; history: HistoryLine[] };
  /** This phone's own work that is not safe at the relay, street by street; a street with none is not there. */
  work: { streets: StreetWork[] };
  /** What this phone knows about the case of a request, without opening its card. */
  case: CaseView;
  /** The notes of a case, without what is in them. */
  notes: NotesView;
  /** What is to be sent beside the boards, oldest first. */
  errands: { waiting: ErrandView[]; refused: ErrandView[] };
  /** What the relay told this member, as this phone knows it. */
  inbox: InboxView;
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
  | { view: 'board'; filter: BoardFilter; shown: number }
  | { view: 'table'; filter: BoardFilter; shown: number }
  | { view: 'candidates'; request: string }
  | { view: 'talents'; area: string | null }
  | { view: 'history' }
  | { view: 'request'; id: string }
  | { view: 'work' }
  | { view: 'case'; request: string }
  | { view: 'notes'; request: string }
  | { view: 'errands' }
  | { view: 'inbox' };

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
      source?: Source | null;
      language?: string | null;
    }
  | {
      /** What a resident likes to do for others; who it is goes in the card, as with a request. */
      type: 'log_talent';
      area: string;
      theme: Theme;
      ask: string;
      day: Weekday | null;
      part: DayPart | null;
      repeat: Repeat;
      language?: string | null;
    }
  | { type: 'claim_request'; request: string }
  | { type: 'release_claim'; request: string }
  | { type: 'mark_done'; request: string }
  | {
      type: 'give_feedback';
      request: string;
      how: FeedbackHow;
      /** When, if it was not just now. */
      on?: number | null;
    }
  | { type: 'withdraw_request'; request: string }
  | { type: 'pass_request'; request: string; why: PassReason }
  | { type: 'start_task'; request: string }
  | { type: 'log_hours'; request: string; minutes: number }
  | { type: 'report_trouble'; request: string; why: TroubleReason }
  | { type: 'solve_request'; request: string }
  | { type: 'close_untold'; request: string; why: UntoldReason }
  /** `into` the same request: it belongs with none any more. */
  | { type: 'link_request'; request: string; into: string }
  | { type: 'triage_request'; request: string }
  /** A way heavier than `informal` needs its reason. */
  | {
      type: 'route_request';
      request: string;
      to: Route;
      why: RouteReason | null;
    }
  | { type: 'set_step'; request: string; to: Step }
  | { type: 'ask_helper'; request: string; who: string }
  | { type: 'assign_helper'; request: string; who: string }
  | { type: 'let_go_helper'; request: string; who: string }
  | { type: 'merge_request'; request: string; into: string }
  | { type: 'split_request'; request: string }
  | { type: 'take_up_request'; request: string }
  | { type: 'hand_back_request'; request: string; why: HandBackReason }
  | { type: 'invite_talent'; request: string }
  | { type: 'welcome_talent'; request: string };

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
  /** Notices that nobody has seen yet. */
  unseen: number;
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
   * A request that is logged may have its identifier already: what is on the board by that name is not logged again.
   */
  command(command: Command, entry?: CaseEntry, request?: string): Promise<{ request: string }>;
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
  /** Asks the relay who helps in an area, for the view `candidates`. Rejects with a `Problem`; harmless to repeat. */
  hearHelpers(area: string): Promise<void>;
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
