import type { Language, Word } from './locales';

const rules = new Map<string, Intl.PluralRules>();

/** Chooses the plural by `count` and puts the arguments in their `{places}`. */
export function fill(
  word: Word,
  args: Record<string, string | number>,
  { forms, dir }: Pick<Language, 'forms' | 'dir'>,
): string {
  const text = typeof word === 'string' ? word : plural(word, Number(args['count'] ?? 0), forms);
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = args[name];
    if (value === undefined) return place;
    if (typeof value === 'number') return value.toLocaleString(forms);
    return dir === 'rtl' ? apart(value) : value;
  });
}

function plural(word: Exclude<Word, string>, count: number, forms: string): string {
  let rule = rules.get(forms);
  if (!rule) rules.set(forms, (rule = new Intl.PluralRules(forms)));
  return word[rule.select(count)] ?? word.other ?? '';
}

/** A name or a street keeps its own direction, and does not draw the words around it along (Unicode's isolates). */
export function apart(value: string): string {
  return `\u2068${value}\u2069`;
}
