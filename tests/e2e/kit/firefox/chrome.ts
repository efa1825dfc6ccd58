import type { Browser } from 'puppeteer-core';

/** What a notification says where the person sees it: in a window of Firefox itself. */
export interface Alert {
  title: string;
  body: string;
}

interface Evaluated {
  type: 'success' | 'exception';
  result?: { value?: string };
  exceptionDetails?: { text: string };
}

interface Bidi {
  send(method: string, params: object): Promise<{ result: unknown }>;
}

/**
 * Firefox around the page: its own windows, which hold the notifications and the question whether a site may show any.
 * Opened to us by `--remote-allow-system-access`; what happens in it is what happens under a person's finger.
 */
export class Chrome {
  private constructor(
    private readonly bidi: Bidi,
    private readonly window: string,
  ) {}

  static async of(browser: Browser): Promise<Chrome> {
    // Puppeteer knows no windows of the browser itself, so this talks past it over the same connection.
    const { connection } = browser as unknown as { connection: Bidi };
    const tree = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
    const { contexts } = tree.result as { contexts: { context: string; url: string }[] };
    const window = contexts.find(({ url }) => url.endsWith('/browser.xhtml'));
    if (!window) throw new Error('Firefox has no window');
    const chrome = new Chrome(connection, window.context);
    await chrome.runs(KEEPS_ALERTS);
    return chrome;
  }

  /** Waits until a notification that says this is on the screen. */
  async sees(words: string): Promise<Alert> {
    return this.runs<Alert>(`${alert(words)}.then(({ title, body }) => ({ title, body }))`);
  }

  /** A finger on it. */
  async taps(words: string): Promise<void> {
    await this.runs(`${alert(words)}.then(({ window }) => window.document.getElementById('alertBox').click())`);
  }

  /** The notifications on the screen, the oldest first. */
  async shows(): Promise<Alert[]> {
    return this.runs<Alert[]>('Promise.resolve(kruispunt.open().map(({ title, body }) => ({ title, body })))');
  }

  /** Answers Firefox's own question whether the site may show notifications. */
  async answersQuestion(answer: 'allow' | 'block'): Promise<void> {
    const button = answer === 'allow' ? '.popup-notification-primary-button' : '.popup-notification-secondary-button';
    await this.runs(`kruispunt.question().then((question) => question.querySelector('${button}').click())`);
  }

  /** Firefox ends as when a person ends it, and writes down first what it has to. */
  async quits(): Promise<void> {
    const quit = 'Promise.resolve(Services.startup.quit(Ci.nsIAppStartup.eForceQuit))';
    // Whoever ends may not come to answer; that it ended its process shows.
    await this.runs(quit).catch(() => undefined);
  }

  private async runs<T>(promise: string): Promise<T> {
    const expression = `(${promise}).then((value) => JSON.stringify(value ?? null))`;
    const asked = { target: { context: this.window }, expression, awaitPromise: true };
    const { result } = await inTime(this.bidi.send('script.evaluate', asked), promise);
    const { type, result: told, exceptionDetails } = result as Evaluated;
    if (type === 'exception') throw new Error(`in Firefox's window: ${exceptionDetails?.text}`);
    return JSON.parse(told?.value ?? 'null') as T;
  }
}

function alert(words: string): string {
  return `kruispunt.alert(${JSON.stringify(words)})`;
}

async function inTime<T>(answer: Promise<T>, what: string): Promise<T> {
  let patience: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, failed) => {
    patience = setTimeout(() => failed(new Error(`in Firefox's window, waited in vain for ${what}`)), 20_000);
  });
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(patience));
}

/** Runs in Firefox's window. An alert is a window of its own; its words are there once that has loaded. */
const KEEPS_ALERTS = `Promise.resolve().then(() => {
  const kruispunt = { alerts: [], waiting: new Set() };
  globalThis.kruispunt = kruispunt;
  const keeps = (window) => {
    if (window.document.documentElement.getAttribute('windowtype') !== 'alert:alert') return;
    const title = window.document.getElementById('alertTitleLabel').getAttribute('value');
    const body = window.document.getElementById('alertTextLabel').textContent;
    kruispunt.alerts.push({ title, body, window });
    // It stays until somebody touches it, as on a phone, and not for twenty seconds.
    for (let timer = window.setTimeout(() => {}); timer > 0; timer--) window.clearTimeout(timer);
    for (const look of [...kruispunt.waiting]) look();
  };
  const comes = (window) =>
    window.addEventListener('load', () => window.requestAnimationFrame(() => keeps(window)), { once: true });
  Services.ww.registerNotification((window, topic) => {
    if (topic === 'domwindowopened') comes(window);
  });
  // What came while Firefox was starting is there already, or on its way: then its window is still an empty one.
  for (const window of Services.wm.getEnumerator(null))
    if (window.document.readyState === 'complete' && window.location.href !== 'about:blank')
      window.requestAnimationFrame(() => keeps(window));
    else comes(window);
  kruispunt.open = () => kruispunt.alerts.filter(({ window }) => !window.closed);
  kruispunt.alert = (wanted) =>
    new Promise((done) => {
      const look = () => {
        const found = kruispunt.open().findLast(({ title, body }) => [title, body].includes(wanted));
        if (!found) return;
        kruispunt.waiting.delete(look);
        done(found);
      };
      kruispunt.waiting.add(look);
      look();
    });
  kruispunt.question = () =>
    new Promise((done) => {
      const panel = document.getElementById('notification-popup');
      const look = () => {
        const asked = panel.state === 'open' && document.getElementById('web-notifications-notification');
        if (!asked) return;
        panel.removeEventListener('popupshown', look);
        done(asked);
      };
      panel.addEventListener('popupshown', look);
      look();
    });
})`;
