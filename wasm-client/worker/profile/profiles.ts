/**
 * The member's profile on this phone: what the relay has of it, and over that what was filled in here and is not sent
 * yet. The core keeps the two together as one, so that what fits a volunteer is right without reception too.
 */
import type { Ground } from '../cases/ground';
import { errandRecord, type Shelf } from '../cases/shelf';
import { NO_PROFILE, type Profile } from './contract';

/** The relay's answer about the member, as far as it matters here. */
export interface Known {
  profile?: Profile | null;
}

export interface ProfileGround extends Pick<Ground, 'commit'> {
  /** What the core knows of the member. */
  known(): Known | undefined;
  /** Has the core know this, durably. */
  knows(me: Known): void;
}

export class Profiles {
  constructor(
    private readonly shelf: Shelf,
    private readonly ground: ProfileGround,
  ) {}

  /** Resolves once the change is on this phone. Only the fields that are there are changed. */
  async set(change: Partial<Profile>): Promise<void> {
    const errand = { kind: 'profile', street: null, request: null, at: Date.now(), refused: null, change } as const;
    await this.ground.commit([errandRecord(errand)], []);
    this.lays();
  }

  /** Lays what waits over what the core knows. */
  lays(): void {
    const known = this.ground.known();
    if (known) this.ground.knows(this.over(known));
  }

  /** Asks the relay who the member is, and lays over its answer what it does not have yet. */
  async hears(ask: () => Promise<unknown>): Promise<Known> {
    for (;;) {
      const before = this.waiting().map(([key]) => key);
      const me = (await ask()) as Known;
      // What was taken meanwhile may be in the answer or not.
      if (before.every((key) => this.shelf.errands.has(key))) return this.over(me);
    }
  }

  private over(me: Known): Known {
    const changes = this.waiting().map(([, { change }]) => change);
    if (changes.length === 0) return me;
    return { ...me, profile: Object.assign({ ...NO_PROFILE, ...me.profile }, ...changes) as Profile };
  }

  private waiting() {
    return this.shelf.inOrder().flatMap(([key, errand]) => {
      return errand.kind === 'profile' && errand.refused === null ? [[key, errand] as const] : [];
    });
  }
}
