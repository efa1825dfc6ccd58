/** A push came: something is shown first, whatever it said, and after that this phone looks what is new. */
import type { Status } from '@worker/contract';
import type { Told } from '../push/payload';
import { INBOX } from '../push/leads';
import { toldBy } from '../push/payload';
import { nobodyRings } from '../push/nobody';
import { inCore } from './core';
import { isNobodys } from './disk';
import { shows } from './show';
import { ofMembers } from './windows';
import { voice } from './words';

declare const self: ServiceWorkerGlobalScope;

/** As long as looking what is new may take, in milliseconds. */
const LOOK_MS = 8_000;

/** Within so long on a new line the boards came, as far as it is worth waiting for, in milliseconds. */
const BOARD_MS = 4_000;

export async function rings(event: PushEvent): Promise<void> {
  const told = toldBy(event.data?.text(), self.location.origin) ?? (await generic());
  await shows(told);
  if (told.badge !== null) await badges(told.badge).catch(() => undefined);
  await looksWhatIsNew(told.data.request).catch(() => undefined);
}

/** For what cannot be read: of a newer relay, or of nobody. Browsers require that something is shown. */
async function generic(): Promise<Told> {
  const { t, lang, dir } = await voice();
  const data = { kind: '', request: null, notice: null, leads: INBOX };
  const words = { title: t('outside.generic.title'), body: t('outside.generic.body') };
  return { ...words, lang, dir, tag: 'kruispunt', isSilent: false, badge: null, actions: [], data };
}

const isLeft = ({ phase }: Status): boolean => phase === 'signed_out' || phase === 'revoked';

const isLocked = ({ code }: Status): boolean => code === 'locked' || code === 'shut';

async function badges(count: number): Promise<void> {
  if (count > 0) await navigator.setAppBadge?.(count);
  else await navigator.clearAppBadge?.();
}

/**
 * A window that somebody looks at does so by itself; any other may stand still. Otherwise the core does here, so that
 * the request is on this phone when somebody takes the notification up without reception.
 */
async function looksWhatIsNew(request: string | null): Promise<void> {
  // Whoever left may not have been able to say so.
  if (await isNobodys()) return nobodyRings(self.registration);
  if ((await ofMembers()).some(({ visibilityState }) => visibilityState === 'visible')) {
    const tabs = new BroadcastChannel('kruispunt');
    tabs.postMessage({ say: 'rang' });
    return tabs.close();
  }
  if (!navigator.onLine || (navigator as { connection?: { saveData?: boolean } }).connection?.saveData) return;
  await inCore(async (core) => {
    const isOnline = await core.until((status) => isLeft(status) || status.link === 'online', LOOK_MS);
    // This phone was taken from its member, and hears of it only now.
    if (core.status && isLeft(core.status)) return nobodyRings(self.registration);
    if (!isOnline) return;
    // A core behind a code says nothing, but what the relay sends it is kept; nobody hears when that was all.
    if (core.status && isLocked(core.status)) {
      await core.until(() => false, BOARD_MS);
      return;
    }
    await core.hearNotices();
    if (request !== null) await core.knows(request, LOOK_MS);
  });
}
