import type { CaseEntry, CaseWork, Command, Profile, Question, Status, ViewQuery } from './contract';

/** Something asked about a case: the name of a method of `CaseWork`, and what it is given. */
export type CaseDeed = {
  [Name in keyof CaseWork]: { name: Name; given: Parameters<CaseWork[Name]> };
}[keyof CaseWork];

/** What a page says to its worker. `call` numbers the answer. */
export type ToWorker =
  | {
      say: 'command';
      call: number;
      command: Command;
      entry?: CaseEntry;
      request?: string;
    }
  | { say: 'case'; call: number; deed: CaseDeed }
  | { say: 'redeem'; call: number; secret: string }
  | { say: 'sign_out'; call: number; onFile: boolean }
  | { say: 'set_profile'; call: number; change: Partial<Profile> }
  | { say: 'hear_helpers'; call: number; area: string }
  | { say: 'dismiss'; call: number; request: string }
  | { say: 'unsent'; call: number }
  | { say: 'put_away'; call: number }
  | {
      say: 'set_code';
      call: number;
      code: string | null;
      present: string | null;
    }
  | { say: 'unlock'; call: number; code: string }
  | { say: 'ask'; call: number; question: Question }
  | { say: 'watch'; watch: number; query: ViewQuery }
  | { say: 'unwatch'; watch: number }
  | { say: 'network'; there: boolean }
  /** Whether a person looks at the page. */
  | { say: 'looks'; seen: boolean }
  /** The browser is about to stop the page's time. */
  | { say: 'freezes' }
  /** The page stood still and is back: time may have jumped, and other tabs may have written. */
  | { say: 'thaws' };

/** What a worker says to its page. */
export type ToPage =
  | { say: 'status'; status: Status }
  /** `view` is JSON, as the core wrote it. */
  | { say: 'view'; watch: number; view: string }
  | { say: 'done'; call: number; result: unknown }
  | { say: 'failed'; call: number; key: string };
