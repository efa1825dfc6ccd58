import { createECDH, randomBytes } from 'node:crypto';
import ece from 'http_ece';
import type { BrowserContext, CDPSession, Page, Worker } from 'playwright-core';
import { expect } from 'vitest';
import { PLAYS_BROWSER, READS_BADGE } from './courier/plays_browser';
import type { Phone } from './phone';
import type { PushService } from './push_service';
import { DECRYPTED, NOT_DECRYPTED } from './push_service/happenings';

/** What a page is given when it subscribes. */
interface Subscription {
  endpoint: string;
  key: string;
  p256dh: string;
  auth: string;
}

/** A notification as the service worker finds it again. */
export interface Shown {
  title: string;
  body: string;
  tag: string;
  lang: string;
  actions: string[];
}

/** What a finger on a notification led to. */
export interface Tapped {
  /** The address of a window that was opened for it. */
  opened: string | null;
  /** Whether a window that was open was brought to the front. */
  focused: boolean;
}

type Setting = 'granted' | 'denied' | 'prompt';

interface Badge {
  says: number | true | null;
  /** In ms. */
  at: number;
}

/**
 * Brings pushes to a Chromium. Its own push service is Google's, which is not here: so a page that subscribes gets a
 * subscription at ours, what comes for it is decrypted here with another's library, and the service worker gets it as
 * it would from outside. All else is Chromium's own.
 */
export class Courier {
  private given: Subscription | undefined;
  private setting: Setting | undefined;
  token: string | undefined;

  private constructor(
    private readonly phone: Phone,
    private readonly service: PushService,
  ) {}

  static async of(phone: Phone, service: PushService): Promise<Courier> {
    const courier = new Courier(phone, service);
    await phone.isPreparedBy((context) => courier.prepares(context));
    return courier;
  }

  /** What somebody answered once to Chromium's question; it stays so when the browser opens again. */
  async permits(setting: Setting): Promise<void> {
    this.setting = setting;
    await this.sets(this.phone.page, setting);
  }

  /** The browser loses its subscription, as after a long silence; the relay is not told. */
  loses(): void {
    if (this.token) this.service.drops(this.token);
    this.given = undefined;
    this.token = undefined;
  }

  /** Gives the service worker this text as a push. */
  async delivers(text: string): Promise<void> {
    const tools = await this.phone.tools();
    const registrationId = await this.registration(tools);
    await tools.send('ServiceWorker.deliverPushMessage', { origin: this.phone.origin, registrationId, data: text });
    await tools.detach();
  }

  /** Waits until a notification that says this is on the screen. */
  async shows(words: string): Promise<Shown> {
    let found: Shown | undefined;
    const look = async () => (found = (await this.shown()).find((each) => [each.title, each.body].includes(words)));
    // Chromium forgets one that is asked for after it was written down and before it is up: so it is asked seldom.
    await expect.poll(look, { interval: 500, message: `a notification that says ${words}` }).toBeDefined();
    return found as unknown as Shown;
  }

  async shown(): Promise<Shown[]> {
    return this.phone.page.evaluate(async () => {
      const shown = await (await navigator.serviceWorker.ready).getNotifications();
      return shown.map((each) => {
        const { actions = [] } = each as Notification & { actions?: { action: string }[] };
        const { title, body, tag, lang } = each;
        return { title, body, tag, lang, actions: actions.map(({ action }) => action) };
      });
    });
  }

  /** A finger on a notification or on one of its buttons, and all the work that follows from it. */
  async taps(words: string, action = ''): Promise<Tapped> {
    return (await this.worker()).evaluate(
      async ({ words, action }) => {
        // The type of a page's scope has nothing of a service worker's.
        const self = globalThis as unknown as {
          registration: ServiceWorkerRegistration;
          clients: { openWindow: (address: string) => Promise<null> };
          WindowClient: { prototype: { focus: () => Promise<unknown> } };
          NotificationEvent: new (type: string, init: object) => Event & { waitUntil: (work: unknown) => void };
          dispatchEvent: (event: Event) => boolean;
        };
        const shown = await self.registration.getNotifications();
        const notification = shown.find(({ title, body }) => [title, body].includes(words));
        if (!notification) throw new Error(`no notification says ${words}`);
        const event = new self.NotificationEvent('notificationclick', { notification, action });
        const tapped: Tapped = { opened: null, focused: false };
        const works: unknown[] = [];
        // A script's event may not prolong a worker's life, nor open a window: a person's may do both.
        event.waitUntil = (work) => works.push(work);
        self.clients.openWindow = async (address) => {
          tapped.opened = address;
          return null;
        };
        self.WindowClient.prototype.focus = async function (this: unknown) {
          tapped.focused = true;
          return this;
        };
        self.dispatchEvent(event);
        await Promise.all(works);
        return tapped;
      },
      { words, action },
    );
  }

  /** What stands on the app's badge, as the page or the service worker said last. */
  async badge(): Promise<Badge['says']> {
    const read = () => (globalThis as unknown as { kruispuntBadge?: Badge }).kruispuntBadge ?? { says: null, at: 0 };
    const said = [await (await this.worker()).evaluate(read), await this.phone.page.evaluate(read)];
    return said.toSorted((one, other) => other.at - one.at)[0]?.says ?? null;
  }

  /** How often Chromium was asked for permission since the page opened: each time, whether a finger was on it. */
  async asked(): Promise<boolean[]> {
    return this.phone.page.evaluate(() => (globalThis as unknown as { kruispuntAsked: boolean[] }).kruispuntAsked);
  }

  private async prepares(context: BrowserContext): Promise<void> {
    const [page] = context.pages();
    if (this.setting && page) await this.sets(page, this.setting);
    await context.exposeFunction('kruispuntSubscribes', (key: string) => this.subscribes(key));
    await context.exposeFunction('kruispuntSubscription', () => this.given ?? null);
    await context.exposeFunction('kruispuntUnsubscribes', () => this.loses());
    await context.addInitScript(PLAYS_BROWSER);
    await context.addInitScript(READS_BADGE);
    context.on('serviceworker', (worker) => void worker.evaluate(READS_BADGE));
    for (const worker of context.serviceWorkers()) await worker.evaluate(READS_BADGE);
  }

  private async sets(page: Page, setting: Setting): Promise<void> {
    const tools = await page.context().newCDPSession(page);
    const permission = { name: 'notifications' };
    // It holds for as long as these tools are attached.
    await tools.send('Browser.setPermission', { origin: this.phone.origin, permission, setting });
  }

  private subscribes(key: string): Subscription {
    const keys = createECDH('prime256v1');
    const p256dh = keys.generateKeys().toString('base64url');
    const auth = randomBytes(16);
    const { token, endpoint } = this.service.subscribes(key, async (body) => {
      let text: string;
      try {
        text = ece.decrypt(body, { version: 'aes128gcm', privateKey: keys, authSecret: auth }).toString('utf8');
      } catch {
        return NOT_DECRYPTED;
      }
      await this.delivers(text);
      return DECRYPTED;
    });
    this.token = token;
    this.given = { endpoint, key, p256dh, auth: auth.toString('base64url') };
    return this.given;
  }

  private async registration(tools: CDPSession): Promise<string> {
    const known = new Promise<string>((found) => {
      tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const ours = registrations.find(({ scopeURL }) => scopeURL === `${this.phone.origin}/`);
        if (ours) found(ours.registrationId);
      });
    });
    await tools.send('ServiceWorker.enable');
    return known;
  }

  private async worker(): Promise<Worker> {
    const context = this.phone.page.context();
    return context.serviceWorkers()[0] ?? context.waitForEvent('serviceworker');
  }
}
