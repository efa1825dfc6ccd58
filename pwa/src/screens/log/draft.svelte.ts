import {
  ASKS,
  type CaseDraft,
  type Command,
  type DayPart,
  type Repeat,
  type Theme,
  type Urgency,
  type Weekday,
} from '@worker/contract';
import { cases } from '@pwa/core.svelte';
import { here } from '@pwa/route.svelte';
import { person } from './entry.svelte';

/**
 * A request that is being written. It survives a reload of the page and goes when the browser is closed; a draft holds
 * choices from fixed lists only, so there is nothing about a person in it. Who it is for is in `entry.svelte.ts`.
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
  /** When it was begun: what is sealed beside it belongs to it when it says the same. */
  began: number;
}

export const STEPS = ['theme', 'ask', 'when', 'soon', 'who', 'consent', 'check'] as const;
export type Step = (typeof STEPS)[number];

const place = 'kruispunt.draft';

function blank(area: string, entry: number): Answers {
  return { area, entry, theme: null, ask: null, day: null, part: null, repeat: 'once', urgency: null, began: 0 };
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
person.goesWith(() => answers);

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
    person.forget();
    keep({ ...blank(area, entry), began: Date.now() });
  },

  /** A question that was being written when the app was closed. */
  resume(kept: CaseDraft, entry: number = here.entry + 1): void {
    keep({ ...(kept.answers as Answers), entry });
    person.resume(kept.entry);
  },

  /** Takes up again who it is for, after the page was opened anew in the middle of it. */
  async remember(): Promise<void> {
    const { began } = answers;
    if (began === 0 || person.isKnown) return;
    const kept = await cases.draft().catch(() => null);
    if (kept && (kept.answers as Answers).began === began && answers.began === began && !person.isKnown) {
      person.resume(kept.entry);
    }
  },

  answer(part: Partial<Omit<Answers, 'area' | 'entry' | 'began'>>): void {
    // Another theme makes the old ask meaningless.
    const ask = part.theme && part.theme !== answers.theme ? { ask: null } : {};
    keep({ ...answers, ...ask, ...part });
  },

  /** The first step that still needs an answer before `step` can be asked, or `step` itself. */
  reach(step: Step): Step {
    if (step === 'theme' || answers.theme === null) return 'theme';
    if (step === 'ask' || answers.ask === null || !ASKS[answers.theme].includes(answers.ask)) return 'ask';
    if (['who', 'consent', 'check'].includes(step) && answers.urgency === null) return 'soon';
    // Nobody was written down, so nobody is asked.
    if (step === 'consent' && !person.isKnown) return 'who';
    return step;
  },

  get command(): Command | null {
    const { area, theme, ask, day, part, repeat, urgency } = answers;
    if (!theme || !ask || !urgency) return null;
    return { type: 'log_request', area, theme, ask, day, part, urgency, repeat };
  },
};
