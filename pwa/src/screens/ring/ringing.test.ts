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

beforeEach(async () => {
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
