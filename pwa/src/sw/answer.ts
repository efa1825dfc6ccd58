/**
 * "Ik help" and "nu niet" from the notification itself, with the app closed and without reception too: it is kept on
 * this phone first, said so, and then sent where there is a line.
 */
import type { Reply, RequestCard, Status } from '@worker/contract';
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
/**
 * What stays with a notification whose answer is kept and not sent yet. `refused`: how much of this phone's work had been
 * refused before; null where its core did not begin.
 */
type Kept = About & { reply: Reply; title: string; refused: number | null };
/** What the relay says to a yes in the end. */
type Decided = 'matched' | 'reserve';
interface Tapped {
  tag: string;
  title: string;
  lang: string;
  close(): void;
}

export async function answers(tapped: Tapped, about: About, reply: Reply): Promise<void> {
  // Read before anything else: a window may be opened only shortly after the tap. Behind a code nothing is done that
  // was not asked for by whoever knows it.
  if (await hasCode()) {
    tapped.close();
    return opens(about.leads);
  }
  const said = await voice(tapped.lang);
  const kept: Kept = { ...about, reply, title: tapped.title, refused: null };
  const saysKept = (data: Kept) =>
    saysInstead(tapped.tag, { ...said, title: tapped.title, body: said.t(`outside.${reply}.kept`) }, data);
  try {
    await inCore(async (core) => {
      const before = { ...kept, refused: core.status?.refused ?? 0 };
      await core.reply(about.request, reply);
      await saysKept(before);
      await sends(core, tapped.tag, before, said);
    });
  } catch (thrown) {
    const key = keyOf(thrown);
    const isOwn = OWN_TROUBLE.has(key);
    if (isOwn && key !== 'locked' && (await keepsWithoutCore(about.request, reply))) {
      await saysKept(kept);
      return asksToBeWoken();
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

async function sends(core: Core, tag: string, kept: Kept, said: Voice): Promise<void> {
  const isOver = await core.until((status) => status.unsent === 0 || isRefused(status, kept), LINE_MS);
  await (isOver ? tellsOutcome(core, tag, kept, said) : asksToBeWoken());
}

const isRefused = ({ refused }: Pick<Status, 'refused'>, kept: Kept): boolean =>
  kept.refused !== null && refused > kept.refused;

async function tellsOutcome(core: Core, tag: string, kept: Kept, said: Voice): Promise<void> {
  const outcome = await outcomeOf(core, kept);
  const words =
    outcome === 'late'
      ? { title: said.t('outside.late.title'), body: said.t('outside.late.body') }
      : { title: kept.title, body: said.t(`outside.${outcome}`) };
  await saysInstead(tag, { ...said, ...words }, rungOf(kept));
}

const rungOf = ({ kind, request, notice, leads }: Kept): Rung => ({ kind, request, notice, leads });

/** Where the browser can: elsewhere it is sent when the app is opened, or with the next push. */
async function asksToBeWoken(): Promise<void> {
  const { sync } = self.registration as { sync?: { register(tag: string): Promise<void> } };
  await sync?.register('send').catch(() => undefined);
}

/** What came of it, as far as it can be told now. */
async function outcomeOf(core: Core, kept: Kept): Promise<'late' | 'not_now.sent' | `accept.${'sent' | Decided}`> {
  const isLate = !!core.status && isRefused(core.status, kept);
  const isToWaitFor = kept.reply === 'accept' && !isLate;
  const card = await core.knows(kept.request, WORD_MS, ({ my_claim }) => !isToWaitFor || isDecided(my_claim));
  const standing = card?.my_claim ?? null;
  if (kept.reply === 'not_now') return isLate || standing !== null ? 'late' : 'not_now.sent';
  if (isDecided(standing)) return `accept.${standing}`;
  // A yes that was sent and stands nowhere was not taken.
  return isLate || (card && standing === null) ? 'late' : 'accept.sent';
}

const isDecided = (standing: RequestCard['my_claim']): standing is Decided =>
  standing === 'matched' || standing === 'reserve';

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
