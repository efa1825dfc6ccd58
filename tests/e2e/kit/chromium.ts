import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type BrowserContext, chromium } from 'playwright-core';

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A browser as people have it: a tab behind another one is hidden, and may be made to stand still. Playwright's own
 * launch lets every tab believe that somebody looks at it, and such a tab is never frozen.
 */
export async function opensLikeAPerson(executablePath: string, profile: string): Promise<BrowserContext> {
  const args = ['--headless=new', '--remote-debugging-port=0', '--accept-lang=nl-NL', `--user-data-dir=${profile}`];
  const child = spawn(executablePath, [...FLAGS, ...args, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let address: string | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address) break;
  }
  if (!address) throw new Error('the browser did not start');
  child.stderr.resume();
  const browser = await chromium.connectOverCDP(address, { noDefaults: true });
  const context = browser.contexts()[0];
  if (!context) throw new Error('the browser has no window');
  context.close = async () => {
    await browser.close();
    child.kill();
    await ended;
  };
  return context;
}
