import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RequestCard, Status } from '@worker/contract';
import { Trouble } from '@worker/trouble';
import type { Core } from './core';

/** A service worker without a browser: what is shown, which windows there are, and a core that is told what to say. */
interface Shown {
  title: string;
  body: string;
  tag: string;
  renotify?: boolean;
  silent?: boolean;
  lang?: string;
  data?: { notice?: string | null; leads?: string };
}

interface Window {
  visibilityState: string;
  url: string;
  went: string[];
  isFocused: boolean;
}

const core = vi.hoisted(() => ({ begin: undefined as undefined | (() => Core) }));
const disk = vi.hoisted(() => ({
  code: false,
  member: undefined as string | undefined,
  records: [] as [string, Uint8Array][],
}));

vi.mock('./core', () => ({
  inCore: async (work: (core: Core) => Promise<unknown>) => {
    if (!core.begin) throw new Error('the core does not begin');
    return work(core.begin());
  },
}));
vi.mock('@worker/store', () => ({
  Store: {
    open: () =>
      Promise.resolve({
        sealingKey: () => Promise.resolve(disk.code ? { guarded: {} } : undefined),
        device: () => Promise.resolve(disk.member === undefined ? undefined : { id: disk.member }),
        commit: (records: [string, Uint8Array][]) => Promise.resolve(void disk.records.push(...records)),
      }),
  },
}));

const { rings } = await import('./push');
const { taps } = await import('./click');
const { sendsLater } = await import('./answer');
const { renews } = await import('./renew');

const HERE = 'https://kruispunt.example';
const REQUEST = 'AbCdEfGhIjKlMnOpQrStUv';
const NOTICE = 'N'.repeat(22);

let shown: Map<string, Shown>;
let put: Shown[];
let windows: Window[];
let opened: string[];
let refusesOptions: boolean;
let language: string | undefined;
let badge: number | undefined;
let woken: string[];
/** Whether the push service still has somewhere to send to. */
let isHeld: boolean;
let subscribed: string[];

beforeEach(() => {
  shown = new Map();
  put = [];
  windows = [];
  opened = [];
  woken = [];
  subscribed = [];
  refusesOptions = false;
  language = undefined;
  badge = undefined;
  core.begin = undefined;
  disk.code = false;
  disk.member = 'amina';
  disk.records = [];
  isHeld = true;
  vi.stubGlobal('self', {
    location: new URL(HERE),
    registration: {
      showNotification: (title: string, options: Omit<Shown, 'title'> & { icon?: string }) => {
        if (refusesOptions && options.icon !== undefined) return Promise.reject(new TypeError());
        const one = { title, ...options };
        put.push(one);
        shown.set(options.tag, one);
        return Promise.resolve();
      },
      getNotifications: ({ tag }: { tag?: string } = {}) =>
        Promise.resolve(
          [...shown.values()]
            .filter((each) => tag === undefined || each.tag === tag)
            .map((each) => ({ ...each, close: () => shown.delete(each.tag) })),
        ),
      pushManager: {
        getSubscription: () =>
          Promise.resolve(isHeld ? { unsubscribe: () => Promise.resolve(void (isHeld = false)) } : null),
        subscribe: ({ applicationServerKey: key }: { applicationServerKey: string }) => {
          subscribed.push(key);
          return Promise.resolve({
            endpoint: 'https://push.example/new',
            toJSON: () => ({ keys: { p256dh: 'p', auth: 'a' } }),
          });
        },
      },
      sync: { register: (tag: string) => Promise.resolve(void woken.push(tag)) },
    },
    clients: {
      matchAll: () => Promise.resolve(windows.map(client)),
      openWindow: (address: string) => Promise.resolve(void opened.push(address)),
    },
  });
  vi.stubGlobal('caches', {
    match: () => Promise.resolve(language === undefined ? undefined : new Response(language)),
  });
  vi.stubGlobal('navigator', {
    language: 'nl-NL',
    onLine: true,
    setAppBadge: (count: number) => Promise.resolve(void (badge = count)),
    clearAppBadge: () => Promise.resolve(void (badge = 0)),
  });
});

afterEach(() => vi.unstubAllGlobals());

function client(window: Window) {
  return {
    visibilityState: window.visibilityState,
    focus: () => Promise.resolve(void (window.isFocused = true)),
    postMessage: ({ go }: { go: string }) => window.went.push(go),
    url: window.url,
  };
}

const aWindow = (visibilityState = 'visible', address = '#/volunteer'): Window => ({
  visibilityState,
  url: `${HERE}/${address}`,
  went: [],
  isFocused: false,
});

const message = (said: object = {}) =>
  JSON.stringify({
    web_push: 8030,
    notification: {
      title: 'Kun jij even helpen?',
      body: 'Nieuwe vraag in je buurt: klusjes.',
      lang: 'nl',
      dir: 'ltr',
      navigate: `${HERE}/#/request/${REQUEST}`,
      tag: 'topic',
      app_badge: '3',
      actions: [{ action: 'accept', title: 'Ik help' }],
      data: { kind: 'task', request: REQUEST, notice: NOTICE },
      ...said,
    },
  });
const comes = (text: string | undefined) =>
  rings((text === undefined ? { data: null } : { data: { text: () => text } }) as unknown as PushEvent);
const tap = (action = '') => {
  const [notification] = shown.values();
  return taps({
    action,
    notification: { ...notification, close: () => shown.clear() },
  } as unknown as NotificationEvent);
};
const bodies = () => [...shown.values()].map(({ body }) => body);

interface Manner {
  phase: Status['phase'];
  code: Status['code'];
  online: boolean;
  standing: RequestCard['my_claim'];
  refuses: string;
  /** How much of this phone's work the relay would not take. */
  refused: number;
}

/** A core whose line is there or not, and that does what it is told unless it says why not. */
function aCore(manner: Partial<Manner> = {}) {
  const { phase = 'ready', code = 'none', online = true, standing = 'matched', refuses = '', refused = 0 } = manner;
  const told: string[] = [];
  const status = { phase, code, link: online ? 'online' : 'offline', unsent: online ? 0 : 1, refused } as Status;
  core.begin = () => ({
    status,
    until: (isSo) => {
      if (!isSo(status)) told.push('waits');
      return Promise.resolve(isSo(status));
    },
    knows: () => Promise.resolve({ my_claim: standing } as RequestCard),
    hearNotices: () => Promise.resolve(void told.push('hears')),
    reply: (request, reply) => {
      if (refuses !== '') return Promise.reject(new Trouble(refuses));
      told.push(`${reply} ${request}`);
      return Promise.resolve('done' as const);
    },
    ask: (question) => {
      if (question.method !== 'GET') told.push(JSON.stringify(question.body));
      return Promise.resolve({ key: 'BKeyOneA' });
    },
  });
  return told;
}

describe('a push', () => {
  it('is shown, also where the core does not begin', async () => {
    await comes(message());
    expect([...shown.values()]).toMatchObject([{ title: 'Kun jij even helpen?', tag: 'topic', renotify: true }]);
    expect(badge).toBe(3);
  });

  it('that comes twice is there once, and rings once', async () => {
    await comes(message());
    await comes(message());
    expect(shown.size).toBe(1);
    expect(put.map(({ renotify, silent }) => [renotify, silent])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('with news about the same takes its place, and rings', async () => {
    await comes(message());
    await comes(message({ title: 'Fijn, jij gaat helpen', data: { request: REQUEST, notice: 'M'.repeat(22) } }));
    expect([...shown.values()]).toMatchObject([{ title: 'Fijn, jij gaat helpen', renotify: true }]);
  });

  it.each([[undefined], [''], ['not json'], ['{"web_push":1}']])(
    'that says %j says that there is news',
    async (text) => {
      language = 'ar';
      await comes(text);
      expect([...shown.values()]).toMatchObject([{ title: 'هناك جديد لك', lang: 'ar', data: { leads: '#/inbox' } }]);
    },
  );

  it('is shown with words alone where a browser would not have the rest', async () => {
    refusesOptions = true;
    await comes(message());
    expect([...shown.values()]).toMatchObject([{ title: 'Kun jij even helpen?' }]);
    expect(bodies()).toEqual(['Nieuwe vraag in je buurt: klusjes.']);
  });

  it('behind a code has what the relay sends kept, for whoever gives the code later', async () => {
    const told = aCore({ code: 'locked' });
    await comes(message());
    expect(told).toEqual(['waits']);
  });

  it('has the phone look what is new, unless a window does', async () => {
    const told = aCore();
    await comes(message());
    expect(told).toEqual(['hears']);
    windows = [aWindow()];
    await comes(message());
    expect(told).toEqual(['hears']);
    // What stands still does nothing, and neither does a page on which a resident asks.
    for (const idle of [aWindow('hidden'), aWindow('visible', '#/vraag/ABCDEFGH')]) {
      windows = [idle];
      told.length = 0;
      await comes(message());
      expect(told).toEqual(['hears']);
    }
  });
});

describe('on a phone that somebody left', () => {
  const isQuiet = () => expect([isHeld, shown.size, badge]).toEqual([false, 0, 0]);

  it('nothing rings any more, and nothing of them stays, also where data is saved', async () => {
    await comes(message({ tag: 'earlier' }));
    disk.member = undefined;
    Object.assign(navigator, { onLine: false, connection: { saveData: true } });
    await comes(message());
    isQuiet();
  });

  it('so it is where the relay took it from them, which it hears only now', async () => {
    await comes(message({ tag: 'earlier' }));
    aCore({ phase: 'revoked', online: false });
    await comes(message());
    isQuiet();
  });
});

describe('a tap', () => {
  beforeEach(async () => comes(message()));

  it('goes there in the window that somebody looks at, without loading it again', async () => {
    windows = [aWindow('hidden'), aWindow()];
    await tap();
    expect(windows.map(({ went, isFocused }) => [went, isFocused])).toEqual([
      [[], false],
      [[`#/request/${REQUEST}`], true],
    ]);
    expect([opened, shown.size]).toEqual([[], 0]);
  });

  it('opens the app where it is closed', async () => {
    await tap();
    expect(opened).toEqual([`/#/request/${REQUEST}`]);
  });

  it('opens another window where a resident asks something in the one there is', async () => {
    windows = [aWindow('visible', '#/vraag/ABCDEFGH')];
    await tap();
    expect([windows[0]?.went, opened]).toEqual([[], [`/#/request/${REQUEST}`]]);
  });
});

describe('"I will help" from the notification', () => {
  beforeEach(async () => comes(message()));

  it('is done, and says what came of it', async () => {
    const told = aCore();
    await tap('accept');
    expect(told).toEqual([`accept ${REQUEST}`]);
    expect(bodies()).toEqual(['Fijn, jij gaat helpen. Tik om te zien wat er is afgesproken.']);
    expect(put.at(-1)).toMatchObject({ tag: 'topic', silent: true, renotify: false });
  });

  it('tells whoever was just too late', async () => {
    aCore({ standing: 'reserve' });
    await tap('accept');
    expect(bodies()).toEqual(['Iemand anders was net iets eerder. Je staat op de lijst. Dank je wel.']);
  });

  it('without reception is kept, and sent when the browser wakes us', async () => {
    aCore({ online: false });
    await tap('accept');
    expect(bodies()).toEqual(['Je hebt ja gezegd. Het wordt verstuurd zodra je internet hebt.']);
    expect(woken).toEqual(['send']);
    await expect(sendsLater()).rejects.toMatchObject({ key: 'no-network' });
    aCore();
    await sendsLater();
    expect(bodies()).toEqual(['Fijn, jij gaat helpen. Tik om te zien wat er is afgesproken.']);
  });

  it('that was sent later and would not be taken says so, and still leads to the request', async () => {
    aCore({ online: false });
    await tap('accept');
    aCore({ standing: 'waiting', refused: 1 });
    await sendsLater();
    expect([...shown.values()]).toMatchObject([
      { title: 'Dit kan niet meer', data: { leads: `#/request/${REQUEST}` } },
    ]);
  });

  it('that stands nowhere once it was sent was not taken', async () => {
    aCore({ standing: null });
    await tap('accept');
    expect(bodies()).toEqual(['De vraag is veranderd. Tik om te kijken.']);
  });

  it('while other work was refused before is none the less told as it is', async () => {
    aCore({ online: false, refused: 1 });
    await tap('accept');
    aCore({ refused: 1 });
    await sendsLater();
    expect(bodies()).toEqual(['Fijn, jij gaat helpen. Tik om te zien wat er is afgesproken.']);
  });

  it('that comes too late says so, and still leads to the request', async () => {
    aCore({ refuses: 'already-closed' });
    await tap('accept');
    expect([...shown.values()]).toMatchObject([
      { title: 'Dit kan niet meer', data: { leads: `#/request/${REQUEST}` } },
    ]);
  });

  it('behind a code opens the app at the request, and does nothing', async () => {
    const told = aCore();
    disk.code = true;
    await tap('accept');
    expect([told, opened, shown.size]).toEqual([[], [`/#/request/${REQUEST}`], 0]);
  });

  it('where the core does not begin is laid beside what waits, for the next tab', async () => {
    await tap('accept');
    const [[key, bytes] = ['', new Uint8Array()]] = disk.records;
    expect(key).toMatch(/^e\//);
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({
      kind: 'reply',
      request: REQUEST,
      reply: 'accept',
    });
    expect(bodies()).toEqual(['Je hebt ja gezegd. Het wordt verstuurd zodra je internet hebt.']);
    // Without a tab that is opened it goes as well, once the browser wakes us.
    expect(woken).toEqual(['send']);
    aCore();
    await sendsLater();
    expect(bodies()).toEqual(['Fijn, jij gaat helpen. Tik om te zien wat er is afgesproken.']);
  });

  it('on a phone that nobody is signed in on says that it did not work', async () => {
    disk.member = undefined;
    await tap('accept');
    expect([...shown.values()]).toMatchObject([{ title: 'Dat lukte niet' }]);
  });
});

describe('"not now" from the notification', () => {
  beforeEach(async () => comes(message()));

  it('is done as well', async () => {
    const told = aCore({ standing: null });
    await tap('not_now');
    expect(told).toEqual([`not_now ${REQUEST}`]);
    expect(bodies()).toEqual(['Goed, nu niet. We vragen een ander.']);
  });

  it('of who helps already says that it is too late, and leads to the request', async () => {
    aCore({ refuses: 'already-helping' });
    await tap('not_now');
    expect([...shown.values()]).toMatchObject([
      { title: 'Dit kan niet meer', data: { leads: `#/request/${REQUEST}` } },
    ]);
  });

  it('of who turns out to help already is not told as done', async () => {
    aCore({ online: false });
    await tap('not_now');
    aCore({ standing: 'matched' });
    await sendsLater();
    expect(bodies()).toEqual(['De vraag is veranderd. Tik om te kijken.']);
  });
});

it('a subscription that the browser took back is made anew, and the relay hears of it', async () => {
  isHeld = false;
  language = 'ar';
  const told = aCore();
  await renews();
  expect(subscribed).toEqual(['BKeyOneA']);
  const taken = { endpoint: 'https://push.example/new', p256dh: 'p', auth: 'a', key: 'BKeyOneA', language: 'ar' };
  expect(told.map((each) => JSON.parse(each) as unknown)).toEqual([taken]);
});
