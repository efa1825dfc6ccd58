import {
  ASKS,
  type Command,
  type DayPart,
  type Repeat,
  type Theme,
  type Urgency,
  type Weekday,
} from '@worker/contract';
import { here } from '@pwa/route.svelte';

/**
 * A request that is being written. It survives a reload of the page and goes when the browser is closed; a draft holds
 * choices from fixed lists only, so there is nothing about a person in it.
 */
interface Answers {
  area: string;
  /** The history entry of the first question, to leave the wizard by. */
  entry: number;
  theme: Theme | null;
  ask: string | null;
  day: Weekday | null;
  part: DayPart | null;
  repeat: Repeat;
  urgency: Urgency | null;
}

export const STEPS = ['theme', 'ask', 'when', 'soon', 'check'] as const;
export type Step = (typeof STEPS)[number];

const place = 'kruispunt.draft';

function blank(area: string, entry: number): Answers {
  return { area, entry, theme: null, ask: null, day: null, part: null, repeat: 'once', urgency: null };
}

function kept(): Answers {
  const nothing = blank('', 0);
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(place) ?? 'null');
    return found && typeof found === 'object' ? { ...nothing, ...found } : nothing;
  } catch {
    return nothing;
  }
}

let answers = $state.raw(kept());

function keep(next: Answers): void {
  answers = next;
  try {
    sessionStorage.setItem(place, JSON.stringify(next));
  } catch {
    // Then the answers last as long as the page does.
  }
}

export const draft = {
  get answers(): Answers {
    return answers;
  },

  /** A new question at the door; called just before the first step opens. */
  begin(area: string, entry: number = here.entry + 1): void {
    keep(blank(area, entry));
  },

  answer(part: Partial<Omit<Answers, 'area' | 'entry'>>): void {
    // Another theme makes the old ask meaningless.
    const ask = part.theme && part.theme !== answers.theme ? { ask: null } : {};
    keep({ ...answers, ...ask, ...part });
  },

  /** The first step that still needs an answer before `step` can be asked, or `step` itself. */
  reach(step: Step): Step {
    if (step === 'theme' || answers.theme === null) return 'theme';
    if (step === 'ask' || answers.ask === null || !ASKS[answers.theme].includes(answers.ask)) return 'ask';
    if (step === 'check' && answers.urgency === null) return 'soon';
    return step;
  },

  get command(): Command | null {
    const { area, theme, ask, day, part, repeat, urgency } = answers;
    if (!theme || !ask || !urgency) return null;
    return { type: 'log_request', area, theme, ask, day, part, urgency, repeat };
  },
};
