import type { Theme, Urgency } from '@worker/contract';

/** How long each step of the ladder takes, in hours: see `docs/INTERFACE.md`. */
export interface Rule {
  /** For requests of this theme; null is any. */
  theme: Theme | null;
  urgency: Urgency;
  own_network_hours: number;
  street_hours: number;
  neighbourhood_hours: number;
  start_hours: number;
  answer_hours: number;
}

/** What the relay answers: the rules of an area and of everything it lies in, the nearest first. */
export interface Ladder {
  rules: (Rule & { area: string })[];
  defaults: Rule[];
}

export const TERMS = [
  'own_network_hours',
  'street_hours',
  'neighbourhood_hours',
  'start_hours',
  'answer_hours',
] as const;
export type Term = (typeof TERMS)[number];

/** The longest a step may take: a year. */
export const LONGEST = 8760;

/** The rule that holds, and whose it is: an area's, or the usual one. As `core/src/model/ladder.rs` chooses it. */
export function ruleFor(
  { rules, defaults }: Ladder,
  theme: Theme | null,
  urgency: Urgency,
): { rule: Rule; area: string | null } | null {
  for (const area of new Set(rules.map((rule) => rule.area))) {
    const here = rules.filter((rule) => rule.area === area && rule.urgency === urgency);
    const found = here.find((rule) => rule.theme === theme) ?? here.find((rule) => rule.theme === null);
    if (found) return { rule: bare(found), area };
  }
  const usual = defaults.find((rule) => rule.urgency === urgency);
  return usual ? { rule: usual, area: null } : null;
}

/** An area's own rules with this one among them. */
export function withRule(ladder: Ladder, area: string, rule: Rule): Rule[] {
  return [...withoutRule(ladder, area, rule), rule];
}

/** An area's own rules without the one for such requests: then what holds around it holds here. */
export function withoutRule(
  { rules }: Ladder,
  area: string,
  { theme, urgency }: Pick<Rule, 'theme' | 'urgency'>,
): Rule[] {
  const own = rules.filter((rule) => rule.area === area);
  return own.filter((rule) => rule.theme !== theme || rule.urgency !== urgency).map(bare);
}

/** Without whose it is. */
function bare(rule: Rule): Rule {
  const { theme, urgency } = rule;
  const hours = Object.fromEntries(TERMS.map((term) => [term, rule[term]])) as Record<Term, number>;
  return { theme, urgency, ...hours };
}

/** Hours as people say them: whole days as days. */
export function asSaid(hours: number): { unit: 'hours' | 'days'; count: number } {
  return hours >= 48 && hours % 24 === 0 ? { unit: 'days', count: hours / 24 } : { unit: 'hours', count: hours };
}
