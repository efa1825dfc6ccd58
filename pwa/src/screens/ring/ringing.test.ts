import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Question, Ringing, Wishes } from '@worker/contract';

/** Whether this phone rings, with a relay that answers when the story says so. */
interface Asked extends Question {
  answers: (answer?: unknown) => void;
  fails: () => void;
}

const relay = vi.hoisted(() => ({
  asked: [] as Asked[],
  status: { phase: 'ready', link: 'online', me: { member: 'amina' } },
  locked: false,
}));

vi.mock('@pwa/core.svelte', () => ({
  ask: (question: Question) =>
    new Promise((answers, refuses) => {
      const fails = () => refuses(Object.assign(new Error(), { key: 'unavailable' }));
      relay.asked.push({ ...(JSON.parse(JSON.stringify(question)) as Question), answers, fails });
    }),
  live: relay,
}));
vi.mock('@pwa/i18n/words.svelte', () => ({ language: { current: 'nl' } }));

const WISHES: Wishes = {
  off: [],
  quiet_from: 0,
  quiet_until: 0,
  digest: false,
  digest_at: 480,
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  language: 'nl',
};
const says = (wishes: Partial<Wishes> = {}): Ringing => ({
  key: 'BKeyOneA',
  subscribed: false,
  wishes: { ...WISHES, ...wishes },
  mail: { available: false, address: null, confirmed: false },
});

let phone: typeof import('./ringing.svelte');
let permission: NotificationPermission;
/** What this phone kept of the choice to be rung. */
let kept: string | null;
/** What the browser has of its push service. */
let held: object | null;

/** A subscription as browsers have it. */
const aSubscription = () => ({
  endpoint: 'https://push.example/1',
  toJSON: () => ({ keys: { p256dh: 'p', auth: 'a' } }),
  unsubscribe: () => Promise.resolve(((held = null), true)),
});

function aBrowser(): void {
  const pushManager = {
    getSubscription: () => Promise.resolve(held),
    subscribe: () => Promise.resolve((held = aSubscription())),
  };
  vi.stubGlobal('PushManager', {});
  vi.stubGlobal('Notification', {
    get permission() {
      return permission;
    },
    requestPermission: () => Promise.resolve(permission),
  });
  vi.stubGlobal('navigator', { onLine: true, serviceWorker: { ready: Promise.resolve({ pushManager }) } });
  vi.stubGlobal('localStorage', { getItem: () => kept, setItem: (_: string, value: string) => (kept = value) });
}

beforeEach(async () => {
  permission = 'default';
  kept = null;
  held = null;
  aBrowser();
  relay.asked = [];
  relay.locked = false;
  relay.status = { phase: 'ready', link: 'online', me: { member: 'amina' } };
  vi.stubGlobal('caches', { open: () => Promise.resolve({ put: () => Promise.resolve() }) });
  vi.resetModules();
  phone = await import('./ringing.svelte');
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The next question to the relay that nobody answered yet. */
async function next(method: string): Promise<Asked> {
  await vi.waitFor(() => expect(relay.asked[0]?.method).toBe(method));
  return relay.asked.shift() as Asked;
}

describe('how somebody wants to hear', () => {
  beforeEach(async () => {
    const heard = phone.hears();
    (await next('GET')).answers(says());
    await heard;
  });

  it('is not put back by what the relay said before it had the choice', async () => {
    const first = phone.wishes({ digest: true });
    const saving = await next('PUT');
    const heard = phone.hears();
    const reading = await next('GET');
    saving.answers();
    await first;
    reading.answers(says());
    await heard;
    expect(phone.ringing.told?.wishes.digest).toBe(true);
    void phone.wishes({ quiet_from: 1260, quiet_until: 480 });
    expect((await next('PUT')).body).toMatchObject({ digest: true, quiet_from: 1260 });
  });

  it('that the relay would not have is as the relay says', async () => {
    const chosen = phone.wishes({ digest: true });
    (await next('PUT')).fails();
    (await next('GET')).answers(says());
    await expect(chosen).rejects.toMatchObject({ key: 'unavailable' });
    expect(phone.ringing.told?.wishes.digest).toBe(false);
  });
});

describe('a choice that does not reach the relay', () => {
  it('is not shown as chosen, also where the relay cannot be asked either', async () => {
    const heard = phone.hears();
    (await next('GET')).answers(says());
    await heard;
    const chosen = phone.wishes({ digest: true });
    (await next('PUT')).fails();
    (await next('GET')).fails();
    await expect(chosen).rejects.toMatchObject({ key: 'unavailable' });
    expect(phone.ringing.told?.wishes.digest).toBe(false);
  });

  it('is kept where another follows it at once, which takes it along', async () => {
    const heard = phone.hears();
    (await next('GET')).answers(says());
    await heard;
    const first = expect(phone.wishes({ digest: true })).rejects.toMatchObject({ key: 'unavailable' });
    const second = phone.wishes({ digest_at: 600 });
    (await next('PUT')).fails();
    (await next('GET')).fails();
    await first;
    const saving = await next('PUT');
    expect(saving.body).toMatchObject({ digest: true, digest_at: 600 });
    saving.answers();
    await second;
    expect(phone.ringing.told?.wishes).toMatchObject({ digest: true, digest_at: 600 });
  });

  it('does not keep the phone from ringing where it is only about the time zone', async () => {
    permission = 'granted';
    kept = 'on';
    vi.resetModules();
    phone = await import('./ringing.svelte');
    const together = phone.comesTogether();
    (await next('GET')).answers(says({ time_zone: 'Atlantis/Elsewhere' }));
    (await next('PUT')).fails();
    for (let asked = 0; asked < 2; asked++) (await next('GET')).answers(says());
    (await next('PUT')).answers();
    await together;
    expect(phone.ringing.standing).toBe('on');
  });
});

describe('browser and relay', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));

  /** What was begun goes on until it waits for the relay or for time. */
  const settles = () => vi.advanceTimersByTimeAsync(0);
  const asks = async () => {
    void phone.comesTogether();
    await settles();
    return relay.asked.splice(0);
  };

  it('come together later where the relay was in trouble and nothing else happens', async () => {
    (await asks())[0]?.fails();
    expect(await asks()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(relay.asked).toMatchObject([{ method: 'GET', path: '/api/push' }]);
    relay.asked.splice(0)[0]?.answers(says());
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    expect([relay.asked, vi.getTimerCount()]).toEqual([[], 0]);
  });

  it('are tried less often the longer it does not work, and anew on another line', async () => {
    (await asks())[0]?.fails();
    await vi.advanceTimersByTimeAsync(60_000);
    relay.asked.splice(0)[0]?.fails();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(relay.asked).toEqual([]);
    relay.status.link = 'connecting';
    expect(await asks()).toEqual([]);
    relay.status.link = 'online';
    expect(await asks()).toHaveLength(1);
  });

  it('wait for whoever knows the code of this phone', async () => {
    relay.locked = true;
    expect(await asks()).toEqual([]);
    relay.locked = false;
    expect(await asks()).toHaveLength(1);
  });
});

describe('the question whether this phone may ring', () => {
  /** The app is opened, and the relay answers whatever it is asked. */
  async function starts(): Promise<void> {
    vi.resetModules();
    phone = await import('./ringing.svelte');
    let isOver = false;
    void phone.comesTogether().finally(() => (isOver = true));
    while (!isOver) {
      for (const { answers } of relay.asked.splice(0)) answers(says());
      await new Promise((goesOn) => setTimeout(goesOn));
    }
  }

  it('is put to who was never asked', async () => {
    await starts();
    expect(phone.ringing.mayBeAsked).toBe(true);
  });

  it('is put to who comes after somebody else, whom the browser still allows to be rung', async () => {
    permission = 'granted';
    await starts();
    expect([phone.ringing.standing, phone.ringing.mayBeAsked]).toEqual(['off', true]);
  });

  it('is put again where the browser took back what it allowed', async () => {
    kept = 'on';
    await starts();
    expect([phone.ringing.standing, phone.ringing.mayBeAsked]).toEqual(['off', true]);
  });

  it.each(['off', 'later'])('is not put again to who chose "%s"', async (choice) => {
    permission = 'granted';
    kept = choice;
    await starts();
    expect(phone.ringing.mayBeAsked).toBe(false);
  });

  it('is answered in another tab for this one too', async () => {
    permission = 'granted';
    await starts();
    const following = phone.chosenElsewhere('on');
    (await next('GET')).answers(says());
    (await next('PUT')).answers();
    await following;
    expect([phone.ringing.standing, phone.ringing.mayBeAsked]).toEqual(['on', false]);
    await phone.chosenElsewhere('off');
    expect([phone.ringing.standing, phone.ringing.mayBeAsked]).toEqual(['off', false]);
  });

  it('is not put where it rings', async () => {
    permission = 'granted';
    kept = 'on';
    await starts();
    expect([phone.ringing.standing, phone.ringing.mayBeAsked]).toEqual(['on', false]);
  });

  it('is not put before it is known whether it rings, nor where the browser was told no', async () => {
    permission = 'granted';
    held = aSubscription();
    vi.resetModules();
    phone = await import('./ringing.svelte');
    const heard = phone.hears();
    (await next('GET')).answers(says());
    await heard;
    expect(phone.ringing.mayBeAsked).toBe(false);
    permission = 'denied';
    await starts();
    expect(phone.ringing.mayBeAsked).toBe(false);
  });
});

it('a yes where the service worker never comes is answered in the end', async () => {
  permission = 'granted';
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  Object.assign(navigator.serviceWorker, { ready: new Promise(() => undefined) });
  const answered = expect(phone.turnOn()).rejects.toMatchObject({ key: 'unavailable' });
  await vi.advanceTimersByTimeAsync(10_000);
  await answered;
});
