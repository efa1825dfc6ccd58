/**
 * What the relay holds about somebody as a page that anybody can read, made from its JSON. The page is a file for its
 * owner, with no script in it; whatever anybody wrote stands in it as text.
 */
export interface Wording {
  title: string;
  language: string;
  dir: 'ltr' | 'rtl';
  /** What a field is called. */
  keyWord: (key: string) => string;
  /** What a plain value says, where the field's name tells more than the value: a moment, a role. */
  valueWord: (key: string, value: string | number | boolean) => string;
  /** Said where there is nothing. */
  none: string;
}

const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem}' +
  'dt{font-weight:700}dd{margin:0 0 .5rem}section,li{margin-bottom:1rem}ul{padding-inline-start:1.2rem}' +
  // A number or a Dutch address reads the right way on an Arabic page.
  'dd p{unicode-bidi:plaintext}';

export function page(held: unknown, wording: Wording): string {
  const title = escaped(wording.title);
  return [
    '<!doctype html>',
    `<html lang="${escaped(wording.language)}" dir="${wording.dir}">`,
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`,
    `<style>${STYLE}</style></head>`,
    `<body><h1>${title}</h1>`,
    shown('', held, wording, 2),
    '</body></html>',
    '',
  ].join('\n');
}

function shown(key: string, value: unknown, wording: Wording, depth: number): string {
  if (value === null || value === undefined || value === '') return `<p>${escaped(wording.none)}</p>`;
  if (Array.isArray(value)) {
    if (value.length === 0) return `<p>${escaped(wording.none)}</p>`;
    return `<ul>${value.map((each) => `<li>${shown(key, each, wording, depth)}</li>`).join('')}</ul>`;
  }
  if (typeof value === 'object') return fields(value as Record<string, unknown>, wording, depth);
  return `<p>${escaped(wording.valueWord(key, value as string | number | boolean))}</p>`;
}

/** What is short stands together; what is long has a heading of its own. */
function fields(value: Record<string, unknown>, wording: Wording, depth: number): string {
  const entries = Object.entries(value);
  const short = entries.filter(([, each]) => typeof each !== 'object' || each === null);
  const long = entries.filter(([, each]) => typeof each === 'object' && each !== null);
  const line = ([key, each]: [string, unknown]) =>
    `<dt>${escaped(wording.keyWord(key))}</dt><dd>${shown(key, each, wording, depth)}</dd>`;
  const heading = `h${Math.min(depth, 6)}`;
  const section = ([key, each]: [string, unknown]) =>
    `<section><${heading}>${escaped(wording.keyWord(key))}</${heading}>${shown(key, each, wording, depth + 1)}</section>`;
  return (short.length > 0 ? `<dl>${short.map(line).join('')}</dl>` : '') + long.map(section).join('');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
