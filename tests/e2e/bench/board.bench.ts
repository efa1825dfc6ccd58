import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, Phone } from '../kit/phone';
import { Relay } from '../kit/relay';

/**
 * How soon a coordinator sees the board of a whole town, in a real relay and a real browser. A figure is the time from
 * what a person does until the frame that shows what came of it; the frames themselves come sixty times a second.
 */
const RUNS = 7;
const CARD = 'a[data-request]';
const THEMES = ['Boodschappen', 'Vervoer', 'Gezelschap', 'Klusje', 'Papieren', 'Taal', 'Zorg'];

const figures: Record<string, number[]> = {};
let relay: Relay;
let joke: Phone;

const given = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be given`);
  return value;
};

beforeAll(async () => {
  const opened = await Relay.opensSettled(given('KRUISPUNT_BENCH_DATA'));
  relay = opened.relay;
  joke = await Phone.of('Joke', relay, { viewport: DESKTOP, locale: 'nl-NL', port: opened.line });
  await joke.goes(`#/start/${given('KRUISPUNT_BENCH_SECRET')}`);
  await joke.button('Beginnen').click();
  // Every street of the town comes once.
  await joke.page.locator(CARD).first().waitFor({ timeout: 300_000 });
  await joke.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await joke.isInSync();
});

afterAll(async () => {
  await writeFile(given('KRUISPUNT_BENCH_OUT'), `${JSON.stringify(figures, null, 2)}\n`);
  await joke?.leaves();
  await relay?.stops();
});

interface Act {
  hash?: string;
  tick?: string;
  type?: string;
}

/** What is to be seen: so many cards, none, only cards with these words or others as well. */
interface Sight {
  many?: true;
  none?: true;
  only?: string;
  others?: string;
}

/** Does something in the page and gives the milliseconds until the frame in which it shows. */
async function until(act: Act, sight: Sight): Promise<number> {
  return joke.page.evaluate(
    async ({ act, sight, CARD }) => {
      const isThere = (): boolean => {
        const cards = [...document.querySelectorAll<HTMLElement>(CARD)];
        const says = (words: string) => (card: HTMLElement) => card.textContent?.includes(words) === true;
        if (sight.none) return cards.length === 0;
        if (sight.many) return cards.length >= 50;
        if (sight.only !== undefined) return cards.length > 0 && cards.every(says(sight.only));
        return cards.some((card) => !says(sight.others ?? '')(card));
      };
      const frame = () => new Promise<void>((done) => requestAnimationFrame(() => done()));
      const begin = performance.now();
      if (act.hash !== undefined) location.hash = act.hash;
      if (act.tick !== undefined) document.querySelector<HTMLElement>(act.tick)?.click();
      if (act.type !== undefined) {
        const field = document.querySelector<HTMLInputElement>('input[type=search]');
        if (field) field.value = act.type;
        field?.dispatchEvent(new Event('input', { bubbles: true }));
      }
      while (!isThere()) await frame();
      await frame();
      // After the frame's own work, which paints it.
      await new Promise<void>((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done();
        port2.postMessage(null);
      });
      return performance.now() - begin;
    },
    { act, sight, CARD },
  );
}

const MANY: Sight = { many: true };

test('opening the board in the running app', async () => {
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await joke.goes('#/people');
    await joke.page.reload();
    await joke.page.getByRole('heading', { name: 'Mensen' }).waitFor();
    await joke.isInSync();
    runs.push(await until({ hash: '#/board/all' }, MANY));
  }
  figures['open'] = runs;
  expect(runs).toHaveLength(RUNS);
});

test('coming back to the board', async () => {
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await until({ hash: '#/me' }, { none: true });
    runs.push(await until({ hash: '#/board/all' }, MANY));
  }
  figures['return'] = runs;
  expect(runs).toHaveLength(RUNS);
});

test('filtering by a theme', async () => {
  const fold = joke.page.locator('details').filter({ hasText: 'Onderwerp' });
  await fold.evaluate((details: HTMLDetailsElement) => (details.open = true));
  const box = (theme: string) => joke.page.getByRole('checkbox', { name: theme });
  const runs: number[] = [];
  for (const theme of THEMES) {
    await box(theme).evaluate((tick) => tick.setAttribute('data-tick', ''));
    runs.push(await until({ tick: '[data-tick]' }, { only: theme }));
    await until({ tick: '[data-tick]' }, { others: theme });
    await box(theme).evaluate((tick) => tick.removeAttribute('data-tick'));
  }
  figures['filter'] = runs;
  expect(runs).toHaveLength(THEMES.length);
});

test('searching for a street', async () => {
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const street = `Straat ${200 + run}`;
    runs.push(await until({ type: street }, { only: street }));
    await until({ type: '' }, MANY);
  }
  figures['search'] = runs;
  expect(runs).toHaveLength(RUNS);
});

test('starting the app on the board', async () => {
  const runs: number[] = [];
  for (let run = 0; run < 3; run++) {
    await joke.page.goto('about:blank');
    await joke.goes('#/board/all');
    await joke.page.locator(CARD).nth(49).waitFor({ timeout: 60_000 });
    runs.push(await joke.page.evaluate(() => performance.now()));
  }
  figures['start'] = runs;
  expect(runs).toHaveLength(3);
});
