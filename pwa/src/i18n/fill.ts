import type { Word } from './locales';

const rules = new Map<string, Intl.PluralRules>();

/** Chooses the plural by `count` and puts the arguments in their `{places}`. */
export function fill(word: Word, args: Record<string, string | number>, locale: string): string {
  const text = typeof word === 'string' ? word : plural(word, Number(args['count'] ?? 0), locale);
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = args[name];
    if (value === undefined) return place;
    return typeof value === 'number' ? value.toLocaleString(locale) : value;
  });
}

function plural(word: Exclude<Word, string>, count: number, locale: string): string {
  let rule = rules.get(locale);
  if (!rule) rules.set(locale, (rule = new Intl.PluralRules(locale)));
  return word[rule.select(count)] ?? word.other ?? '';
}
