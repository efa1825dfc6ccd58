import { connect } from '@worker/connect';
import type { CaseEntry, Command, Problem, Question, Status, Unsent, ViewQuery, Views } from '@worker/contract';
import { askedOn } from './address';

/**
 * The screens' hold on the core: a live status, live views, and commands that report their own trouble.
 * One connection serves the whole page.
 */
export const kruispunt = connect(askedOn(location.hash) === undefined);

/** What is sealed, and what is not on any board. */
export const { cases } = kruispunt;

let status = $state.raw<Status>({
  phase: 'starting',
  link: 'connecting',
  unsent: 0,
  refused: 0,
  me: null,
  problem: null,
  keeping: 'disk',
  leftover: 0,
  unseen: 0,
  code: 'none',
});

/** What each view last said, so that coming back to a screen shows it at once and nothing jumps. */
const lastKnown = new Map<string, unknown>();
const forgetting = [() => lastKnown.clear()];

/** Calls back when nobody is signed in here any more: what one person saw must not outlive that. */
export function forgotten(forget: () => void): void {
  forgetting.push(forget);
}

kruispunt.status((next) => {
  if (next.phase === 'signed_out' || next.phase === 'revoked' || isLocked(next))
    for (const forget of forgetting) forget();
  status = next;
});

/** Whether a code has to be given before anything is shown. */
function isLocked({ code }: Status): boolean {
  return code === 'locked' || code === 'shut';
}

export const live = {
  get locked(): boolean {
    return isLocked(status);
  },
  get status(): Status {
    return status;
  },
};

/** Asks the relay for what the phone does not hold. Throws a `Problem`. */
export async function ask<T>(question: Question): Promise<T> {
  // A state of Svelte cannot be sent to a worker, its JSON can.
  return (await kruispunt.ask(JSON.parse(JSON.stringify(question)) as Question)) as T;
}

/** Follows a view for as long as the component that asks lives; `current` is undefined until first known. */
export function watched<Q extends ViewQuery>(query: () => Q): { readonly current: Views[Q['view']] | undefined } {
  const key = $derived(JSON.stringify(query()));
  let current = $state.raw<Views[Q['view']] | undefined>();
  $effect.pre(() => {
    const asked = key;
    current = lastKnown.get(asked) as Views[Q['view']] | undefined;
    return kruispunt.watch(JSON.parse(asked) as Q, (view) => {
      lastKnown.set(asked, view);
      current = view;
    });
  });
  return {
    get current() {
      return current;
    },
  };
}

/** One thing a person does: never twice at the same time, and with words when it does not work. */
export class Deed {
  busy = $state(false);
  /** The key of the problem of the last try, without its `problem.` prefix. */
  problem = $state<string | null>(null);

  /** Gives the request's id once the change is safe on this phone, or null when it did not happen. */
  async command(command: Command, entry?: CaseEntry, request?: string): Promise<string | null> {
    return this.attempt(async () => (await kruispunt.command(command, entry, request)).request);
  }

  /** Any other deed; answers whether it was done. */
  async of(work: () => Promise<unknown>): Promise<boolean> {
    return (await this.attempt(() => work().then(() => true))) ?? false;
  }

  async redeem(secret: string): Promise<boolean> {
    return (await this.attempt(() => kruispunt.redeem(secret).then(() => true))) ?? false;
  }

  async signOut(onFile: boolean): Promise<boolean> {
    return (await this.attempt(() => kruispunt.signOut(onFile).then(() => true))) ?? false;
  }

  async dismiss(request: string): Promise<boolean> {
    return (await this.attempt(() => kruispunt.dismiss(request).then(() => true))) ?? false;
  }

  /** Hands what is not safe at the relay to `save`, which answers whether the person has it now. */
  async file(save: (unsent: Unsent) => Promise<boolean>): Promise<boolean> {
    return (await this.attempt(async () => save(await kruispunt.unsent()))) ?? false;
  }

  async putAway(): Promise<boolean> {
    return (await this.attempt(() => kruispunt.putAway().then(() => true))) ?? false;
  }

  /** Anything else; null when it did not happen. */
  async attempt<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.busy) return null;
    this.busy = true;
    this.problem = null;
    try {
      return await work();
    } catch (thrown) {
      this.problem = problemKey(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}

export function problemKey(thrown: unknown): string {
  const key = (thrown as Partial<Problem> | null)?.key;
  return typeof key === 'string' ? key : 'unknown';
}
