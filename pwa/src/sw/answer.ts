/**
 * "Ik help" and "nu niet" from the notification itself, with the app closed and without reception too: it is kept on
 * this phone first, said so, and then sent where there is a line.
 */
import type { Reply } from '@worker/contract';
import { Store } from '@worker/store';
import { keyOf } from '@worker/trouble';
import type { Rung } from '../push/payload';
import { inCore, type Core } from './core';
import { saysInstead } from './show';
import { opens } from './windows';
import { voice, type Voice } from './words';

/** So long is waited for a line, and then for what the relay says, in milliseconds. */
const LINE_MS = 10_000;
const WORD_MS = 3_000;

/** Not the request's fault: somebody can do it in the app. */
const OWN_TROUBLE = new Set(['signed-out', 'locked', 'storage', 'storage-full', 'storage-forbidden', 'unknown']);

type About = Rung & { request: string };
interface Tapped {
  tag: string;
  title: string;
  lang: string;
}

export async function answers(tapped: Tapped, about: About, reply: Reply): Promise<void> {
  // Behind a code nothing is done that was not asked for by whoever knows it.
  if (await hasCode()) return opens(about.leads);
  const said = await voice(tapped.lang);
  const { lang, dir, t } = said;
  const says = (title: string, body: string) => saysInstead(tapped.tag, { title, body, lang, dir }, about);
  try {
    await inCore(async (core) => {
      const before = core.status?.refused ?? 0;
      await core.reply(about.request, reply);
      await says(tapped.title, t(`outside.${reply}.kept`));
      const isSent = await core.until(({ unsent, refused }) => unsent === 0 || refused > before, LINE_MS);
      if (!isSent) return;
      if ((core.status?.refused ?? 0) > before) return says(t('outside.late.title'), t('outside.late.body'));
      await says(tapped.title, await outcome(core, about.request, reply, said));
    });
  } catch (thrown) {
    const what = OWN_TROUBLE.has(keyOf(thrown)) ? 'failed' : 'late';
    await says(t(`outside.${what}.title`), t(`outside.${what}.body`));
  }
}

/** What came of it, as far as it can be told now. */
async function outcome(core: Core, request: string, reply: Reply, { t }: Voice): Promise<string> {
  if (reply === 'not_now') return t('outside.not_now.sent');
  const isTold = (standing: string | null) => standing === 'matched' || standing === 'reserve';
  const card = await core.knows(request, WORD_MS, ({ my_claim }) => isTold(my_claim));
  const standing = card?.my_claim ?? null;
  return t(`outside.accept.${standing === 'matched' || standing === 'reserve' ? standing : 'sent'}`);
}

/** Read before anything else: a window may be opened only shortly after the tap. */
async function hasCode(): Promise<boolean> {
  const silent = { closed: () => undefined, outgrown: () => undefined, blocked: () => undefined };
  const record = await Store.open(silent)
    .then((store) => store.sealingKey())
    .catch(() => undefined);
  return record?.guarded !== undefined;
}
