/** What the relay tells a member, and how they want to hear it: `docs/INTERFACE.md`, "Notices". */

export const NOTICE_KINDS = [
  'task',
  'asked',
  'confirmed',
  'lost',
  'matched',
  'stale',
  'bottleneck',
  'feedback_due',
  'note',
  'brought',
  'intake',
  'joined',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** One thing somebody is told. Nothing of a resident: the words are in the app, what it is about on the board. */
export interface Notice {
  id: string;
  /** A newer relay may know more kinds. */
  kind: NoticeKind | string;
  request: string | null;
  area: string | null;
  /** A key that belongs in the words: a theme. */
  word: string | null;
  at: number;
  seen: boolean;
}

/** Newest first. `heard_at`: when the relay last said which there are; null when it never did. */
export interface InboxView {
  notices: Notice[];
  heard_at: number | null;
}

/** Which notices are meant: some by their identifiers, those about a request, or all there are. */
export type Seen = { ids: string[] } | { request: string } | { all: true };

/** What somebody says to a notice that asks them to help. */
export type Reply = 'accept' | 'not_now';

/** How somebody wants to hear: minutes are of the day, in their own time zone. */
export interface Wishes {
  off: (NoticeKind | string)[];
  quiet_from: number;
  quiet_until: number;
  digest: boolean;
  digest_at: number;
  time_zone: string;
  language: string;
}

/** The relay's answer about this device and its member. */
export interface Ringing {
  /** What a subscription is made with; null where the relay sends no push. */
  key: string | null;
  /** Whether the relay has a subscription of this device that it can use. */
  subscribed: boolean;
  wishes: Wishes;
  mail: { available: boolean; address: string | null; confirmed: boolean };
}
