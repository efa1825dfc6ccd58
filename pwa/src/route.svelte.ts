import { parse, to, type Route } from './address';

/** Where we are in the browser's history. Every entry carries its number, which tells forward from back. */
let route = $state.raw(parse(location.hash));
let current = entryNumber() ?? 0;
const scrolled = new Map<number, number>();

export const here = {
  get route(): Route {
    return route;
  },
  /** The number of this history entry; the wizard uses it to find its way out. */
  get entry(): number {
    return current;
  },
};

function entryNumber(): number | undefined {
  const state = history.state as { entry?: unknown } | null;
  return typeof state?.entry === 'number' ? state.entry : undefined;
}

function arrive(): void {
  const known = entryNumber();
  scrolled.set(current, scrollY);
  const next = known ?? current + 1;
  current = next;
  route = parse(location.hash);
  settle();
  const place = known === undefined ? 0 : (scrolled.get(next) ?? 0);
  requestAnimationFrame(() => scrollTo(0, place));
}

/** Numbers the entry, and takes the secret of a link out of the address: from here on only memory has it. */
function settle(): void {
  const { place } = route;
  history.replaceState({ entry: current }, '', place === 'start' || place === 'mail' ? to(place) : undefined);
}

/** Starts listening. An opening address with a sign-in secret is cleaned before anything else can see it. */
export function startRouting(): void {
  history.scrollRestoration = 'manual';
  settle();
  addEventListener('popstate', arrive);
  // Somebody tapped a notification: the service worker says where it leads.
  navigator.serviceWorker?.addEventListener('message', ({ data }) => {
    const { go } = data as { go?: string };
    if (go) location.hash = go;
  });
}

export function go(...parts: string[]): void {
  location.hash = to(...parts);
}

/** Goes on without leaving the present screen behind in the history. */
export function replace(...parts: string[]): void {
  history.replaceState({ entry: current }, '', to(...parts));
  route = parse(location.hash);
  scrollTo(0, 0);
}

export function back(...otherwise: string[]): void {
  if (current > 0) history.back();
  else replace(...otherwise);
}

/** Returns to an earlier entry and puts another screen in its place, so that "back" does not reopen finished work. */
export function rewind(entry: number, ...parts: string[]): void {
  if (entry >= current) {
    replace(...parts);
    return;
  }
  addEventListener('popstate', () => replace(...parts), { once: true });
  history.go(entry - current);
}
