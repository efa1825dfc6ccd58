/**
 * The member's inbox on this phone: what the relay told last, and over that what was seen here. Loaded when it is first
 * asked for.
 */
import { written } from '../bytes';
import type { Ground } from '../cases/ground';
import { call } from '../cases/relay';
import { errandRecord, type NoticedErrand, type ReplyErrand, type Shelf } from '../cases/shelf';
import type { Put } from '../effect';
import { Trouble, keyOf } from '../trouble';
import type { InboxView, Notice, Reply, Seen } from './contract';

/** As many as the relay takes at once. */
const MOST_AT_ONCE = 100;

/** That nothing new was heard is written down this often, in milliseconds. */
const NOTED_MS = 10 * 60_000;

export const EMPTY: InboxView = { notices: [], heard_at: null };

/** What was seen here stays seen, also while the relay does not know of it yet. */
export function merged(told: readonly Notice[], known: readonly Notice[]): Notice[] {
  const seen = new Set(known.filter((each) => each.seen).map(({ id }) => id));
  return told.map((each) => ({ ...each, seen: each.seen || seen.has(each.id) }));
}

/** The notices that are meant and were not seen yet. */
export function unseenOf(notices: readonly Notice[], which: Seen): string[] {
  const isMeant = ({ id, request }: Notice) =>
    'ids' in which ? which.ids.includes(id) : 'all' in which || request === which.request;
  return notices.filter((each) => !each.seen && isMeant(each)).map(({ id }) => id);
}

export class Inbox {
  private asking: Promise<void> | undefined;

  constructor(
    private readonly shelf: Shelf,
    private readonly ground: Pick<Ground, 'asMember' | 'commit' | 'request' | 'command'>,
  ) {}

  /** Asks the relay which there are. Several who want to know at the same time are one. */
  ask(): Promise<void> {
    return (this.asking ??= this.asks().finally(() => (this.asking = undefined)));
  }

  /** Marks them as seen here at once; the relay is told as soon as there is a line. */
  async see(which: Seen): Promise<void> {
    const { notices } = this.shelf.inbox;
    const ids = unseenOf(notices, which).slice(0, MOST_AT_ONCE);
    if (ids.length === 0) return;
    const now = notices.map((each) => (ids.includes(each.id) ? { ...each, seen: true } : each));
    const errand = { kind: 'noticed', street: null, request: null, at: Date.now(), refused: null, ids } as const;
    await this.ground.commit([this.record(now, this.shelf.inbox.heard_at), errandRecord(errand)], []);
  }

  /** Does what somebody said to a notification: at once, or when this phone hears of the request. */
  async reply(request: string, reply: Reply): Promise<'done' | 'waits'> {
    // A help that was offered is not taken back by a button that says "not now".
    if (reply === 'not_now' && this.helps(request)) throw new Trouble('already-helping');
    try {
      await this.does(request, reply);
      return 'done';
    } catch (thrown) {
      if (keyOf(thrown) !== 'request-unknown') throw thrown;
      const errand = { kind: 'reply', street: null, request, at: Date.now(), refused: null, reply } as const;
      await this.ground.commit([errandRecord(errand)], []);
      return 'waits';
    }
  }

  /** Brings what waited; rejects with `request-unknown` while the request did not come to this phone. */
  async brings(errand: NoticedErrand | ReplyErrand): Promise<void> {
    if (errand.kind === 'reply') return this.does(errand.request, errand.reply);
    await this.ground.asMember(call('POST', '/api/notices/seen', { ids: errand.ids }));
  }

  private helps(request: string): boolean {
    return (this.ground.request(request)?.my_claim ?? null) !== null;
  }

  /** What was done already, perhaps on another phone, is not done again. */
  private async does(request: string, reply: Reply): Promise<void> {
    const card = this.ground.request(request);
    if (!card) throw new Trouble('request-unknown');
    if (reply === 'not_now') {
      if (card.can.pass) await this.ground.command({ type: 'pass_request', request, why: reply });
    } else if (card.my_claim === null) await this.ground.command({ type: 'claim_request', request });
  }

  private async asks(): Promise<void> {
    const told = await this.ground.asMember(call<{ notices: Notice[] }>('GET', '/api/notices'));
    const { notices: known, heard_at } = this.shelf.inbox;
    const now = merged(told.notices, known);
    const isOld = JSON.stringify(now) === JSON.stringify(known);
    if (isOld && Date.now() - (heard_at ?? 0) < NOTED_MS) return;
    await this.ground.commit([this.record(now, Date.now())], []);
  }

  private record(notices: Notice[], heard_at: number | null): Put {
    return ['inbox', written({ notices, heard_at } satisfies InboxView)];
  }
}
