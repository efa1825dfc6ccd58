import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { type Answered, asDevice } from './as_device';
import { Chrome } from './firefox/chrome';
import type { PushService } from './push_service';
import type { Relay } from './relay';

export interface Shown {
  title: string;
  body: string;
  tag: string;
}

/**
 * A stock Firefox of one person, with a profile on the disk. All that is not as everybody has it: which push service
 * it subscribes at, and that notifications are windows of Firefox rather than of a desktop that is not there.
 */
export class Firefox {
  private browser: Browser | undefined;
  private current: Page | undefined;
  private around: Chrome | undefined;

  private constructor(
    private readonly service: PushService,
    private readonly profile: string,
    private readonly locale: string,
  ) {}

  static async of(service: PushService, locale = 'nl-NL'): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), 'kruispunt-firefox-'));
    const firefox = new Firefox(service, profile, locale);
    await firefox.opens();
    return firefox;
  }

  get page(): Page {
    if (!this.current) throw new Error('no tab of this Firefox is open');
    return this.current;
  }

  /** Its own windows. */
  get chrome(): Chrome {
    if (!this.around) throw new Error('this Firefox is closed');
    return this.around;
  }

  async opens(): Promise<void> {
    const executablePath = process.env.KRUISPUNT_FIREFOX;
    if (!executablePath) throw new Error('KRUISPUNT_FIREFOX must name a Firefox');
    this.browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      userDataDir: this.profile,
      // What the day is, everybody agrees on: also a machine that counts in Greenwich.
      env: { ...process.env, TZ: 'Europe/Amsterdam' },
      args: ['--remote-allow-system-access'],
      defaultViewport: { width: 480, height: 800 },
      extraPrefsFirefox: {
        'dom.push.connection.enabled': true,
        'dom.push.serverURL': this.service.socket,
        'dom.push.testing.allowInsecureServerURL': true,
        'alerts.useSystemBackend': false,
        // Nothing slides in, nor away after some seconds.
        'ui.prefersReducedMotion': 1,
        // A tap counts as soon as Firefox asks: nobody is here to be tricked.
        'security.notification_enable_delay': 0,
        'intl.accept_languages': this.locale,
      },
    });
    this.around = await Chrome.of(this.browser);
    const [first] = await this.browser.pages();
    this.turnsTo(first ?? (await this.browser.newPage()));
  }

  async goes(address: string): Promise<void> {
    if (!this.current) this.turnsTo(await this.opened.newPage());
    await this.page.goto(address);
  }

  /** Presses what says exactly this. */
  async presses(text: string): Promise<void> {
    await this.page.locator(`::-p-xpath(//*[self::button or self::a][normalize-space()="${text}"])`).click();
  }

  async sees(text: string): Promise<void> {
    await this.page.locator(`::-p-text(${text})`).wait();
  }

  /** The service worker keeps the site from here on. */
  async isReady(): Promise<void> {
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await this.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  }

  /** Opens the sign-in link of somebody, and waits until the app works without a network. */
  async signsIn(relay: Relay, name: string): Promise<void> {
    await this.goes(`${relay.origin}/#/start/${relay.secret(name)}`);
    await this.presses('Beginnen');
    await this.isReady();
  }

  /** What the relay answers to this device. */
  async calls(method: string, path: string, body?: unknown): Promise<Answered> {
    return this.page.evaluate(asDevice, { method, path, body });
  }

  /** The notifications that the site believes are shown; asked in a tab of it. */
  async shown(): Promise<Shown[]> {
    return this.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
    });
  }

  /** Puts a finger on the notification, and looks at the tab that is in front afterwards. */
  async tapsNotification(title: string, leadsTo: (address: string) => boolean): Promise<void> {
    await this.chrome.taps(title);
    const target = await this.opened.waitForTarget((target) => leadsTo(target.url()), { timeout: 15_000 });
    const page = await target.page();
    if (!page) throw new Error(`${target.url()} is no tab`);
    this.turnsTo(page);
  }

  /** All tabs of the site are closed, and Firefox goes on running. */
  async closesTabs(): Promise<void> {
    const pages = await this.opened.pages();
    await this.opened.newPage();
    for (const page of pages) await page.close();
    this.current = undefined;
  }

  async closes(): Promise<void> {
    const process = this.browser?.process();
    if (process && process.exitCode === null) {
      // Puppeteer would kill it after five seconds, and with it what is not on the disk yet.
      const ended = once(process, 'exit');
      await this.around?.quits();
      await ended;
    }
    await this.browser?.close();
    this.browser = undefined;
    this.around = undefined;
    this.current = undefined;
  }

  /** For a person to look at: kept only where KRUISPUNT_SCREENSHOTS names a folder. */
  async isPhotographed(what: string): Promise<void> {
    const folder = process.env.KRUISPUNT_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: join(folder, `${what}.png`) });
  }

  /** For good, with all it kept. */
  async leaves(): Promise<void> {
    if (this.current) await this.isPhotographed('last-of-firefox');
    await this.closes();
    await rm(this.profile, { recursive: true, force: true });
  }

  private get opened(): Browser {
    if (!this.browser) throw new Error('this Firefox is closed');
    return this.browser;
  }

  private turnsTo(page: Page): void {
    this.current = page;
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => console.error(`Firefox: ${String(error)}`));
  }
}
