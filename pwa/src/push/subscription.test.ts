import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { agrees, endsIn, type Manager, type Subscription, type Taken } from './subscription';

/** A browser with a push manager, and a relay with a key. */
const KEY = 'BKeyOneA';
const OTHER = 'BKeyTwoA';
const bytesOf = (key: string): ArrayBuffer => new Uint8Array(Buffer.from(key, 'base64url')).buffer;

class Browser implements Manager {
  held: Subscription | null = null;
  made = 0;
  ended = 0;
  saysItsKey = true;
  /** Whether it knows anybody who would bring a push. */
  hasService = true;

  getSubscription(): Promise<Subscription | null> {
    return Promise.resolve(this.held);
  }

  subscribe({ applicationServerKey: key }: { applicationServerKey: string }): Promise<Subscription> {
    if (!this.hasService) return Promise.reject(new DOMException('Registration failed', 'AbortError'));
    this.made++;
    this.held = {
      endpoint: `https://push.example/${this.made}`,
      ...(this.saysItsKey && { options: { applicationServerKey: bytesOf(key) } }),
      toJSON: () => ({ keys: { p256dh: 'point', auth: 'secret' } }),
      unsubscribe: () => {
        this.ended++;
        this.held = null;
        return Promise.resolve(true);
      },
    };
    return Promise.resolve(this.held);
  }
}

class Relay {
  taken: Taken[] = [];
  refuses: string | undefined;

  constructor(public present: string | null = KEY) {}

  key = () => Promise.resolve(this.present);
  take = (subscription: Taken) => {
    if (this.refuses !== undefined) return Promise.reject(Object.assign(new Error(), { key: this.refuses }));
    if (subscription.key !== this.present)
      return Promise.reject(Object.assign(new Error(), { key: 'push-key-unknown' }));
    this.taken.push(subscription);
    return Promise.resolve();
  };
}

let browser: Browser;
let relay: Relay;
const start = (makes = false) => agrees(browser, relay, { makes, language: 'nl' });

beforeEach(() => {
  browser = new Browser();
  relay = new Relay();
});

describe('at a start', () => {
  it('nothing is made for whoever was not asked', async () => {
    expect(await start()).toBe('none');
    expect([browser.made, relay.taken]).toEqual([0, []]);
  });

  it('whoever said yes gets a subscription, and the relay hears of it', async () => {
    expect(await start(true)).toBe('on');
    const taken = { endpoint: 'https://push.example/1', p256dh: 'point', auth: 'secret', key: KEY, language: 'nl' };
    expect(relay.taken).toEqual([taken]);
  });

  it('the one there is is sent again every time, since the relay may have lost it', async () => {
    await start(true);
    await start();
    await start();
    expect([browser.made, relay.taken.length]).toEqual([1, 3]);
  });

  it('one that was made with another key is made anew', async () => {
    await start(true);
    relay.present = OTHER;
    expect(await start()).toBe('on');
    expect([browser.made, browser.ended]).toEqual([2, 1]);
    expect(relay.taken.at(-1)).toMatchObject({ endpoint: 'https://push.example/2', key: OTHER });
  });

  it('a browser that does not say which key it was keeps its subscription', async () => {
    browser.saysItsKey = false;
    await start(true);
    expect(await start()).toBe('on');
    expect(browser.made).toBe(1);
  });

  it('where the relay sends nothing, nothing is asked of the browser', async () => {
    relay = new Relay(null);
    expect(await start(true)).toBe('off');
    expect(browser.made).toBe(0);
  });
});

describe('a browser without a push service', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    [true, 'push-endpoint-not-allowed'],
    [false, 'no-network'],
  ])('with reception: %s, says %s', async (onLine, key) => {
    vi.stubGlobal('navigator', { onLine });
    browser.hasService = false;
    await expect(start(true)).rejects.toMatchObject({ key });
    expect(relay.taken).toEqual([]);
  });
});

describe('the relay', () => {
  it('that took another key in the meantime gets a subscription with that', async () => {
    await start(true);
    let asked = 0;
    const late = { key: () => Promise.resolve(asked++ === 0 ? KEY : OTHER), take: relay.take };
    relay.present = OTHER;
    expect(await agrees(browser, late, { makes: false, language: 'ar' })).toBe('on');
    expect(relay.taken.at(-1)).toMatchObject({ key: OTHER, language: 'ar' });
    expect(browser.ended).toBe(1);
  });

  it('that would not have it says so, and the subscription stays for the next time', async () => {
    relay.refuses = 'unavailable';
    await expect(start(true)).rejects.toMatchObject({ key: 'unavailable' });
    expect(browser.held).not.toBeNull();
    relay.refuses = undefined;
    expect(await start()).toBe('on');
    expect(browser.made).toBe(1);
  });
});

it('whoever leaves takes the subscription along, and leaving twice does no harm', async () => {
  await start(true);
  await endsIn(browser);
  await endsIn(browser);
  expect([browser.held, browser.ended]).toEqual([null, 1]);
});
