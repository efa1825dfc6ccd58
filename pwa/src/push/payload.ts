/**
 * What a push says: a declarative message (`web_push: 8030`), read as if a stranger wrote it. A browser that knows the
 * form shows it by itself; for all others the service worker does. See `docs/INTERFACE.md`, "What a push carries".
 */
import { INBOX, leadsTo } from './leads';

/** What stays with a notification, for when somebody taps it. */
export interface Rung {
  kind: string;
  request: string | null;
  notice: string | null;
  /** Where it leads: an address after the `#`. */
  leads: string;
}

export interface Told {
  title: string;
  body: string;
  lang: string;
  dir: 'ltr' | 'rtl' | 'auto';
  /** A notification takes the place of the one before with the same tag. */
  tag: string;
  isSilent: boolean;
  /** How many notices are unseen; null when it does not say. */
  badge: number | null;
  actions: { action: 'accept' | 'not_now'; title: string }[];
  data: Rung;
}

export const ACTIONS = ['accept', 'not_now'] as const;

const LONGEST_TITLE = 120;
const LONGEST_BODY = 400;
const IDENTIFIER = /^[A-Za-z0-9_-]{22}$/;

type Fields = Partial<Record<string, unknown>>;

/** Undefined for what cannot be shown as it is. */
export function toldBy(text: string | undefined, origin: string): Told | undefined {
  const message = fields(parsed(text));
  const said = fields(message['notification']);
  const title = words(said['title'], LONGEST_TITLE);
  if (message['web_push'] !== 8030 || title === '') return undefined;
  const data = fields(said['data']);
  const request = identifier(data['request']);
  const { dir } = said;
  return {
    title,
    body: words(said['body'], LONGEST_BODY),
    lang: /^[a-z]{2,3}$/.test(words(said['lang'], 3)) ? words(said['lang'], 3) : '',
    dir: dir === 'ltr' || dir === 'rtl' ? dir : 'auto',
    tag: words(said['tag'], 64) || words(data['topic'], 64) || 'kruispunt',
    isSilent: said['silent'] === true,
    badge: count(said['app_badge'] ?? message['app_badge']),
    // A deed is about a request, or there is none.
    actions: request === null ? [] : actions(said['actions']),
    data: {
      kind: words(data['kind'], 32),
      request,
      notice: identifier(data['notice']),
      leads: leadsTo(said['navigate'], origin),
    },
  };
}

/** What was kept with a notification, which may be one of an older version of this app. */
export function rungBy(data: unknown): Rung {
  const { kind, request, notice, leads } = fields(data);
  return {
    kind: words(kind, 32),
    request: identifier(request),
    notice: identifier(notice),
    leads: typeof leads === 'string' && leads.startsWith('#/') ? leads : INBOX,
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '') as unknown;
  } catch {
    return undefined;
  }
}

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value : {});

const words = (value: unknown, longest: number): string =>
  typeof value === 'string' ? value.trim().slice(0, longest) : '';

const identifier = (value: unknown): string | null =>
  typeof value === 'string' && IDENTIFIER.test(value) ? value : null;

/** The standard writes it as a text. */
function count(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

function actions(value: unknown): Told['actions'] {
  if (!Array.isArray(value)) return [];
  return ACTIONS.flatMap((action) => {
    const found = value.map(fields).find((each) => each['action'] === action);
    const title = words(found?.['title'], 40);
    return title === '' ? [] : [{ action, title }];
  });
}
