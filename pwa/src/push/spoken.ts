/**
 * Which language the app speaks, for the service worker: it sees no `localStorage`, and a whole database for one word
 * would be too much. Nothing else is ever kept here.
 */
const CACHE = 'kruispunt-language';
const ADDRESS = '/language';

export async function keepSpoken(language: string): Promise<void> {
  await (await caches.open(CACHE)).put(ADDRESS, new Response(language));
}

export async function spoken(): Promise<string | undefined> {
  return (await caches.match(ADDRESS, { cacheName: CACHE }).catch(() => undefined))?.text();
}
