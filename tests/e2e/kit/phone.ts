import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type BrowserContext, type CDPSession, type Locator, type Page, chromium } from 'playwright-core';
import { type Answered, asDevice } from './as_device';
import { FLAGS, opensLikeAPerson } from './chromium';
import { Line } from './line';
import type { Relay } from './relay';

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1440, height: 900 };

export interface Manner {
  viewport?: { width: number; height: number };
  locale?: string;
  colorScheme?: 'light' | 'dark';
  /** Where its line to the relay begins, when that has to be known before. */
  port?: number;
  /** Tabs behind the one that is looked at are hidden, and can be made to stand still. */
  hidesTabs?: boolean;
}

/** One person with a browser of their own: a profile on the disk, and a line to the relay that can be cut. */
export class Phone {
  private context: BrowserContext | undefined;
  private current: Page | undefined;
  private online = true;
  /** Those who prepare the browser whenever it opens. */
  private readonly preparing: ((context: BrowserContext) => Promise<void>)[] = [];
  /** Holds what the browser believes of its disk. */
  private disk: CDPSession | undefined;

  private constructor(
    readonly name: string,
    private readonly line: Line,
    private readonly profile: string,
    private readonly manner: Manner,
  ) {}

  static async of(name: string, relay: Relay, manner: Manner = {}): Promise<Phone> {
    const line = new Line(relay.port, manner.port);
    await line.mends();
    const profile = await mkdtemp(join(tmpdir(), 'kruispunt-profile-'));
    const phone = new Phone(name, line, profile, manner);
    await phone.opensBrowser();
    return phone;
  }

  /** Opens the sign-in link and waits until the app works without a network. */
  async signsIn(relay: Relay): Promise<void> {
    await this.goes(`#/start/${relay.secret(this.name)}`);
    await this.button('Beginnen').click();
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await this.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await this.isInSync();
  }

  /** Everything this phone has is at the relay. */
  async isInSync(): Promise<void> {
    await this.status.filter({ hasText: /^\s*Verstuurd\s*$/ }).waitFor();
  }

  get status(): Locator {
    return this.page.getByRole('status', { name: 'Verstuurd of niet' });
  }

  get page(): Page {
    if (!this.current) throw new Error(`${this.name}'s browser is closed`);
    return this.current;
  }

  async goes(hash: string): Promise<void> {
    await this.page.goto(`${this.line.origin}/${hash}`);
  }

  async opensBrowser(): Promise<void> {
    const executablePath = process.env.KRUISPUNT_CHROMIUM;
    if (!executablePath) throw new Error('KRUISPUNT_CHROMIUM must name a Chromium');
    this.context = this.manner.hidesTabs
      ? await opensLikeAPerson(executablePath, this.profile)
      : await this.opensForTests(executablePath);
    this.context.setDefaultTimeout(15_000);
    await this.context.setOffline(!this.online);
    for (const prepare of this.preparing) await prepare(this.context);
    this.current = this.context.pages()[0] ?? (await this.context.newPage());
    const trouble = (text: string) => console.error(`${this.name}: ${text}`);
    this.current.on('pageerror', (error) => trouble(String(error)));
    this.current.on('console', (message) => message.type() === 'error' && trouble(message.text()));
  }

  /** Prepares the browser, now and whenever it opens again. */
  async isPreparedBy(prepare: (context: BrowserContext) => Promise<void>): Promise<void> {
    this.preparing.push(prepare);
    if (this.context) await prepare(this.context);
  }

  /** Where the app is for this phone. */
  get origin(): string {
    return this.line.origin;
  }

  /** The browser's own tools, in the tab that is looked at. */
  async tools(): Promise<CDPSession> {
    if (!this.context) throw new Error(`${this.name}'s browser is closed`);
    return this.context.newCDPSession(this.page);
  }

  private async opensForTests(executablePath: string): Promise<BrowserContext> {
    const begin = () =>
      chromium.launchPersistentContext(this.profile, {
        executablePath,
        args: FLAGS,
        viewport: this.manner.viewport ?? PHONE,
        locale: this.manner.locale ?? 'nl-NL',
        colorScheme: this.manner.colorScheme ?? 'light',
        timezoneId: 'Europe/Amsterdam',
      });
    // Chromium itself crashes now and then before it shows anything, which says nothing about the app.
    return begin().catch((error: unknown) => {
      console.error(`${this.name}: ${String(error).split('\n', 1).join()}`);
      return begin();
    });
  }

  async closesBrowser(): Promise<void> {
    await this.context?.close();
    this.context = undefined;
    this.current = undefined;
  }

  /** Closes the browser and opens it again where it was, with or without a network. */
  async reopens(): Promise<void> {
    const hash = new URL(this.page.url()).hash;
    await this.closesBrowser();
    await this.opensBrowser();
    await this.goes(hash);
  }

  /** The disk is full from the next start of the browser on, which is now. */
  async fillsUp(): Promise<void> {
    const hash = new URL(this.page.url()).hash;
    await this.closesBrowser();
    await this.opensBrowser();
    this.disk = await this.context?.newCDPSession(this.page);
    await this.disk?.send('Storage.overrideQuotaForOrigin', { origin: this.line.origin, quotaSize: 1 });
    await this.goes(hash);
    await this.isInSync();
  }

  async hasRoom(): Promise<void> {
    await this.disk?.send('Storage.overrideQuotaForOrigin', { origin: this.line.origin });
  }

  /** Somebody clears what this site stored, while the app is open. */
  async isEmptied(): Promise<void> {
    const session = await this.context?.newCDPSession(this.page);
    await session?.send('Storage.clearDataForOrigin', { origin: this.line.origin, storageTypes: 'indexeddb' });
  }

  /** The browser gives this site no database, as some do in a private window. Before the first visit. */
  async isWithoutStorage(): Promise<void> {
    const without = "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); };";
    await this.context?.route(
      '**/assets/worker-*.js',
      async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `${without}${await response.text()}` });
      },
      { times: 1 },
    );
  }

  /** Where this text is on the page's disk, its address or its history's state: databases, storages, caches. */
  async remembers(text: string): Promise<string[]> {
    return this.page.evaluate(async (text) => {
      const found: string[] = [];
      const look = (where: string, what: unknown) => {
        if (JSON.stringify(what)?.includes(text)) found.push(where);
      };
      look('address', location.href);
      look('history', history.state);
      look('localStorage', { ...localStorage });
      look('sessionStorage', { ...sessionStorage });
      for (const { name } of await indexedDB.databases()) {
        const opening = indexedDB.open(name ?? '');
        const database = await new Promise<IDBDatabase>((done) => (opening.onsuccess = () => done(opening.result)));
        for (const store of database.objectStoreNames) {
          const all = database.transaction(store).objectStore(store).getAll();
          const rows = await new Promise<unknown[]>((done) => (all.onsuccess = () => done(all.result as unknown[])));
          const words = rows.map((row) => (row instanceof Uint8Array ? new TextDecoder('latin1').decode(row) : row));
          look(`${name}/${store}`, words);
        }
        database.close();
      }
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        look(
          `cache ${name}`,
          (await cache.keys()).map(({ url }) => url),
        );
      }
      return found;
    }, text);
  }

  /** It gets what makes passkeys: a finger on it is always the right one. */
  async hasAuthenticator(): Promise<void> {
    const session = await this.context?.newCDPSession(this.page);
    await session?.send('WebAuthn.enable');
    await session?.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }

  /** Its session is over, as it is after a while: the next thing it asks begins another. */
  async losesSession(): Promise<void> {
    await this.page.evaluate(async () => {
      const opening = indexedDB.open('kruispunt');
      const database = await new Promise<IDBDatabase>((done) => (opening.onsuccess = () => done(opening.result)));
      const transaction = database.transaction('device', 'readwrite');
      const devices = transaction.objectStore('device');
      const asking = devices.get('this');
      asking.onsuccess = () => {
        const { keys, id } = asking.result as { keys: CryptoKeyPair; id: string };
        devices.put({ keys, id }, 'this');
      };
      await new Promise((done) => (transaction.oncomplete = done));
      database.close();
    });
    await this.page.reload();
  }

  /** A file of the app does not reach the page. Before the first visit; the service worker gets it all the same. */
  async isWithout(glob: string): Promise<void> {
    await this.context?.route(glob, (route) => (route.request().serviceWorker() ? route.continue() : route.abort()));
  }

  async hasEverything(): Promise<void> {
    await this.context?.unrouteAll();
  }

  /** Everything this phone sent to the relay, ever. */
  get said(): string {
    return this.line.said;
  }

  /** What the relay answers to this device when it asks for a card, whatever its screens offer: a key, or `given`. */
  async asksForCard(request: string, street: string): Promise<string> {
    const answer = await this.calls('POST', `/api/cases/${request}/open?street=${street}`, { danger: null });
    return answer.ok ? 'given' : (answer.body as { key: string }).key;
  }

  /** What the relay answers to this device. */
  async reads<T>(path: string): Promise<T> {
    return (await this.calls('GET', path)).body as T;
  }

  /** What the relay answers to this device when it changes something by itself. */
  async calls(method: string, path: string, body?: unknown): Promise<Answered> {
    return this.page.evaluate(asDevice, { method, path, body });
  }

  /** Which of these texts stand anywhere in the files of the browser's profile, and where. */
  async onDisk(marks: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const entry of await readdir(this.profile, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const content = await readFile(path).catch(() => Buffer.alloc(0));
      const stands = (mark: string) => content.includes(mark) || content.includes(mark, 0, 'utf16le');
      found.push(...marks.filter(stands).map((mark) => `${mark} in ${path}`));
    }
    return found;
  }

  /** Everything this site keeps on the phone that a program can read, as one text. */
  async keeps(): Promise<string> {
    return this.page.evaluate(async () => {
      const result = <T>(request: IDBRequest<T>) =>
        new Promise<T>((done, failed) => {
          request.onsuccess = () => done(request.result);
          request.onerror = () => failed(request.error);
        });
      const shown = (value: unknown): unknown =>
        value instanceof Uint8Array ? new TextDecoder('utf-8').decode(value) : value;
      const found: unknown[] = [{ ...sessionStorage }, { ...localStorage }, document.cookie];
      for (const { name } of await indexedDB.databases()) {
        const database = await result(indexedDB.open(name ?? ''));
        for (const store of database.objectStoreNames) {
          const held = database.transaction(store).objectStore(store);
          const [keys, values] = [await result(held.getAllKeys()), await result(held.getAll())];
          found.push(name, store, keys, values.map(shown));
        }
        database.close();
      }
      for (const name of await caches.keys()) {
        const requests = await (await caches.open(name)).keys();
        found.push(
          name,
          requests.map(({ url }) => url),
        );
      }
      return JSON.stringify(found);
    });
  }

  /** How often this phone connected with the relay. */
  get connections(): number {
    return this.line.greetings;
  }

  /** A second tab of the same browser, on the first screen. */
  async opensTab(): Promise<Page> {
    if (!this.context) throw new Error(`${this.name}'s browser is closed`);
    const tab = await this.context.newPage();
    await tab.goto(`${this.line.origin}/`);
    return tab;
  }

  /** Looks at this tab from here on. */
  async turnsTo(tab: Page): Promise<void> {
    this.current = tab;
    await tab.bringToFront();
  }

  /** The browser stops the time of a tab that nobody looks at. */
  async freezes(tab: Page): Promise<void> {
    const session = await this.context?.newCDPSession(tab);
    await session?.send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  async thaws(tab: Page): Promise<void> {
    const session = await this.context?.newCDPSession(tab);
    await session?.send('Page.setWebLifecycleState', { state: 'active' });
  }

  /** Which of this phone's tabs talks with the relay: an opaque name for it. */
  async leader(): Promise<string | undefined> {
    const { held } = await this.page.evaluate(() => navigator.locks.query());
    return held?.find(({ name }) => name === 'kruispunt-lead')?.clientId;
  }

  /** Closes the tab that was open first; the other one is the phone's from now on. */
  async closesFirstTab(): Promise<void> {
    const other = this.context?.pages().find((page) => page !== this.current);
    await this.current?.close();
    this.current = other;
  }

  /** The network is really gone: the line is cut, and the browser is told so. */
  async losesReception(): Promise<void> {
    this.online = false;
    await this.line.isCut();
    await this.context?.setOffline(true);
  }

  async findsReception(): Promise<void> {
    this.online = true;
    await this.line.mends();
    await this.context?.setOffline(false);
  }

  async leaves(): Promise<void> {
    if (this.current) await this.isPhotographed(`last-of-${this.name}`);
    await this.closesBrowser();
    await this.line.isCut();
    await rm(this.profile, { recursive: true, force: true });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name, exact: typeof name === 'string' });
  }

  /** The card of a request, by what is asked. */
  card(ask: string): Locator {
    return this.page.locator('main').getByRole('link').filter({ hasText: ask });
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** Fails on anything axe finds against WCAG 2.2 AA on the present screen. */
  async accessibilityFindings(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    return this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: tags } });
      return violations.flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.target.join(' ')}`));
    });
  }

  /** For a person to look at: kept only where KRUISPUNT_SCREENSHOTS names a folder. */
  async isPhotographed(what: string): Promise<void> {
    const folder = process.env.KRUISPUNT_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: join(folder, `${what}.png`), fullPage: false });
  }
}
