/** The page's side: one worker, and the core behind it as plain calls. */
import { scriptUrl } from '@pwa/trusted';
import type { CaseWork, Kruispunt, Status, Unsent, ViewQuery, Views } from './contract';
import type { CaseDeed, ToPage, ToWorker } from './wire';
import workerUrl from './worker.ts?worker&url';

interface Call {
  done: (result: never) => void;
  failed: (problem: { key: string }) => void;
}

/** The worker did not come, or this browser cannot run it. */
const UNSTARTED: Status = {
  phase: 'broken',
  problem: 'not-started',
  link: 'offline',
  unsent: 0,
  refused: 0,
  me: null,
  keeping: 'failing',
  leftover: 0,
  unseen: 0,
  code: 'none',
};

type Asked = ToWorker extends infer Word ? (Word extends { call: number } ? Omit<Word, 'call'> : never) : never;

/** Begins at once, or when it is first needed: a page on which a resident asks has no member, and no core. */
export function connect(atOnce = true): Kruispunt {
  let worker: Worker | undefined;
  const calls = new Map<number, Call>();
  const watches = new Map<number, (view: never) => void>();
  const statusListeners = new Set<(status: Status) => void>();
  let lastStatus: Status | undefined;
  let number = 0;

  const begin = () => {
    worker = new Worker(scriptUrl(workerUrl) as string, {
      type: 'module',
      name: 'kruispunt',
    });
    worker.onmessage = hear;
    // Whatever goes wrong once it said something, it says itself.
    worker.onerror = () => lastStatus ?? shows(UNSTARTED);
    return worker;
  };
  const tell = (word: ToWorker) => (worker ?? begin()).postMessage(word);
  /** What only matters to a core that is there. */
  const mention = (word: ToWorker) => worker?.postMessage(word);
  const ask = <T>(word: Asked) =>
    new Promise<T>((done, failed) => {
      const call = ++number;
      calls.set(call, { done, failed });
      tell({ ...word, call });
    });

  function shows(status: Status): void {
    lastStatus = status;
    for (const listener of statusListeners) listener(status);
  }

  function hear({ data }: MessageEvent<ToPage>): void {
    if (data.say === 'status') {
      shows(data.status);
    } else if (data.say === 'view') {
      watches.get(data.watch)?.(JSON.parse(data.view) as never);
    } else {
      const call = calls.get(data.call);
      calls.delete(data.call);
      if (data.say === 'done') call?.done(data.result as never);
      else call?.failed({ key: data.key });
    }
  }
  if (atOnce) begin();

  // A worker hears of these too, but not in every browser.
  addEventListener('online', () => mention({ say: 'network', there: true }));
  addEventListener('offline', () => mention({ say: 'network', there: false }));
  // A page that stands still cannot lead, and a page that comes back wants to know what happened meanwhile.
  addEventListener('pagehide', ({ persisted }) => persisted && mention({ say: 'freezes' }));
  addEventListener('pageshow', ({ persisted }) => persisted && mention({ say: 'thaws' }));
  document.addEventListener('freeze', () => mention({ say: 'freezes' }));
  document.addEventListener('resume', () => mention({ say: 'thaws' }));
  const looks = () => mention({ say: 'looks', seen: !document.hidden });
  document.addEventListener('visibilitychange', looks);
  looks();

  /** Whatever is asked by a method's name goes to the worker under that name. */
  const cases = new Proxy({} as CaseWork, {
    get:
      (_, name) =>
      (...given: unknown[]) =>
        ask({ say: 'case', deed: { name, given } as CaseDeed }),
  });

  return {
    cases,
    status(listener) {
      statusListeners.add(listener);
      if (lastStatus) listener(lastStatus);
      return () => void statusListeners.delete(listener);
    },
    watch<Q extends ViewQuery>(query: Q, listener: (view: Views[Q['view']]) => void) {
      const watch = ++number;
      watches.set(watch, listener);
      tell({ say: 'watch', watch, query });
      return () => {
        watches.delete(watch);
        tell({ say: 'unwatch', watch });
      };
    },
    async command(command, entry, request) {
      const done = await ask<{ request: string }>({
        say: 'command',
        command,
        ...(entry && { entry }),
        ...(request !== undefined && { request }),
      });
      // Asked when there is something to lose: the browser may then no longer clear it to make room.
      void navigator.storage?.persist?.().catch(() => false);
      return done;
    },
    redeem: (secret) => ask<undefined>({ say: 'redeem', secret }),
    signOut: (onFile) => ask<undefined>({ say: 'sign_out', onFile }),
    setProfile: (change) => ask<undefined>({ say: 'set_profile', change }),
    hearHelpers: (area) => ask<undefined>({ say: 'hear_helpers', area }),
    dismiss: (request) => ask<undefined>({ say: 'dismiss', request }),
    unsent: () => ask<Unsent>({ say: 'unsent' }),
    putAway: () => ask<undefined>({ say: 'put_away' }),
    setCode: (code, present) => ask<undefined>({ say: 'set_code', code, present }),
    unlock: (code) => ask<undefined>({ say: 'unlock', code }),
    ask: (question) => ask<unknown>({ say: 'ask', question }),
  };
}
