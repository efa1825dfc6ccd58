/** Puts a notification up. */
import type { Rung, Told } from '../push/payload';

declare const self: ServiceWorkerGlobalScope;

/** What browsers take beside what the type library knows of. */
interface Shown extends NotificationOptions {
  actions?: Told['actions'];
  renotify?: boolean;
}

const LOOK = { icon: '/icon-192.png', badge: '/badge-96.png' };

/**
 * A push that was delivered twice takes its own place again, without a sound. Browsers require that something is shown
 * for every push, so it is shown all the same.
 */
export async function shows(told: Told): Promise<void> {
  const before = await self.registration.getNotifications({ tag: told.tag }).catch(() => []);
  const isRepeated = told.data.notice !== null && before.some((each) => noticeOf(each) === told.data.notice);
  await put(told.title, {
    body: told.body,
    ...(told.lang && { lang: told.lang }),
    dir: told.dir,
    tag: told.tag,
    renotify: !isRepeated && !told.isSilent,
    silent: isRepeated || told.isSilent,
    actions: told.actions,
    data: told.data,
  });
}

/** Another text in the place of a notification that somebody answered. */
export async function saysInstead(
  tag: string,
  words: Pick<Told, 'title' | 'body' | 'lang' | 'dir'>,
  data: Rung,
): Promise<void> {
  const { title, body, lang, dir } = words;
  await put(title, { body, lang, dir, tag, data, renotify: false, silent: true });
}

async function put(title: string, shown: Shown): Promise<void> {
  try {
    await self.registration.showNotification(title, { ...LOOK, ...shown });
  } catch {
    // A browser that does not know some of it shows at least the words.
    const { body = '', tag = '' } = shown;
    await self.registration.showNotification(title, { body, tag, data: shown.data as unknown });
  }
}

function noticeOf({ data }: Notification): unknown {
  return (data as Partial<Rung> | null)?.notice;
}
