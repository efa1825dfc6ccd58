/**
 * "Ik help" and "nu niet" from the notification itself, with the app closed and without reception too: it is kept on
 * this phone first, said so, and then sent where there is a line.
 */
import type { Reply } from '@worker/contract';
import { errandRecord } from '@worker/cases/shelf';
import { Trouble, keyOf } from '@worker/trouble';
import type { Rung } from '../push/payload';
import { inCore, type Core } from './core';
import { disk, hasCode } from './disk';
import { saysInstead } from './show';
import { opens } from './windows';
import { voice, type Voice } from './words';

/** So long is waited for a line, and then for what the relay says, in milliseconds. */
const LINE_MS = 10_000;
const WORD_MS = 3_000;

/** Not the request's fault: somebody can do it in the app. */
const OWN_TROUBLE = new Set(['signed-out', 'locked', 'storage', 'storage-full', 'storage-forbidden', 'unknown']);

declare const self: ServiceWorkerGlobalScope;

type About = Rung & { request: string };
/** What stays with a notification whose answer is kept and not sent yet. */
type Kept = About & { reply: Reply; title: string };
interface Tapped {
  tag: string;
  title: string;
  lang: string;
}

export async function answers(tapped: Tapped, about: About, reply: Reply): Promise<void> {
  // Read before anything else: a window may be opened only shortly after the tap. Behind a code nothing is done that
  // was not asked for by whoever knows it.
  if (await hasCode()) return opens(about.leads);
  const said = await voice(tapped.lang);
  try {
    await inCore(async (core) => {
      const before = core.status?.refused ?? 0;
      await core.reply(about.request, reply);
      const kept: Kept = { ...about, reply, title: tapped.title };
      await saysInstead(tapped.tag, { ...said, title: tapped.title, body: said.t(`outside.${reply}.kept`) }, kept);
      await sends(core, tapped.tag, kept, before, said);
    });
  } catch (thrown) {
    const key = keyOf(thrown);
    const isOwn = OWN_TROUBLE.has(key);
    if (isOwn && key !== 'locked' && (await keepsWithoutCore(about.request, reply))) {
      await saysInstead(tapped.tag, { ...said, title: tapped.title, body: said.t(`outside.${reply}.kept`) }, about);
      return;
    }
    const what = isOwn ? 'failed' : 'late';
    const words = { title: said.t(`outside.${what}.title`), body: said.t(`outside.${what}.body`) };
    await saysInstead(tapped.tag, { ...said, ...words }, about);
  }
}

/**
 * There is a line again, and the browser woke this service worker for it: what was kept is sent. Rejects when it was
 * not, so that the browser tries again.
 */
export async function sendsLater(): Promise<void> {
  const isSent = await inCore((core) => core.until(({ phase, unsent }) => phase === 'ready' && unsent === 0, LINE_MS));
  if (!isSent) throw new Trouble('no-network');
  for (const { tag, lang, data } of await self.registration.getNotifications()) {
    const kept = data as Partial<Kept> | null;
    if (kept?.reply === undefined || !kept.request) continue;
    const said = await voice(lang);
    await inCore((core) => tellsOutcome(core, tag, kept as Kept, said));
  }
}

async function sends(core: Core, tag: string, kept: Kept, refusedBefore: number, said: Voice): Promise<void> {
  const isOver = await core.until(({ unsent, refused }) => unsent === 0 || refused > refusedBefore, LINE_MS);
  if (!isOver) return asksToBeWoken();
  if ((core.status?.refused ?? 0) <= refusedBefore) return tellsOutcome(core, tag, kept, said);
  const words = { title: said.t('outside.late.title'), body: said.t('outside.late.body') };
  await saysInstead(tag, { ...said, ...words }, rungOf(kept));
}

async function tellsOutcome(core: Core, tag: string, kept: Kept, said: Voice): Promise<void> {
  const body = await outcome(core, kept.request, kept.reply, said);
  await saysInstead(tag, { ...said, title: kept.title, body }, rungOf(kept));
}

const rungOf = ({ kind, request, notice, leads }: Kept): Rung => ({ kind, request, notice, leads });

/** Where the browser can: elsewhere it is sent when the app is opened, or with the next push. */
async function asksToBeWoken(): Promise<void> {
  const { sync } = self.registration as { sync?: { register(tag: string): Promise<void> } };
  await sync?.register('send').catch(() => undefined);
}

/** What came of it, as far as it can be told now. */
async function outcome(core: Core, request: string, reply: Reply, { t }: Voice): Promise<string> {
  if (reply === 'not_now') return t('outside.not_now.sent');
  const isTold = (standing: string | null) => standing === 'matched' || standing === 'reserve';
  const card = await core.knows(request, WORD_MS, ({ my_claim }) => isTold(my_claim));
  const standing = card?.my_claim ?? null;
  return t(`outside.accept.${standing === 'matched' || standing === 'reserve' ? standing : 'sent'}`);
}

/**
 * The core does not begin here, on a phone that is short of memory perhaps: the answer is laid beside what waits anyway,
 * for the next tab in which it does. Whether there was somebody to keep it for, and room.
 */
async function keepsWithoutCore(request: string, reply: Reply): Promise<boolean> {
  try {
    const store = await disk();
    if ((await store.device())?.id === undefined) return false;
    const record = errandRecord({ kind: 'reply', street: null, request, at: Date.now(), refused: null, reply });
    await store.commit([record]);
    const tabs = new BroadcastChannel('kruispunt');
    tabs.postMessage({ say: 'stored', puts: [record], deletes: [], kept: true });
    tabs.close();
    return true;
  } catch {
    return false;
  }
}
