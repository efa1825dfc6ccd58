import {
  ASKS,
  type CaseDraft,
  type Command,
  type DayPart,
  type Language,
  type Repeat,
  type SelfReliance,
  type Source,
  type Theme,
  type Urgency,
  type Weekday,
} from '@worker/contract';
import { cases } from '@pwa/core.svelte';
import { here } from '@pwa/route.svelte';
import { person } from './entry.svelte';

/**
 * A request or a talent that is being written. It survives a reload of the page and goes when the browser is closed; a draft holds
 * choices from fixed lists only, so there is nothing about a person in it. Who it is for is in `entry.svelte.ts`.
 */
interface Answers {
  area: string;
  kind: Kind;
  /** The history entry of the first question, to leave the wizard by. */
  entry: number;
  theme: Theme | null;
  ask: string | null;
  day: Weekday | null;
  part: DayPart | null;
  repeat: Repeat;
  urgency: Urgency | null;
  /** Which language whoever helps had better speak. */
  language: Language | null;
  /** Who brought it in, where that is not the ambassador. */
  source: Source | null;
  /** Another request of the same address, which it belongs with. */
  together: string | null;
  /** When it was begun: what is sealed beside it belongs to it when it says the same. */
  began: number;
}

export type Kind = 'request' | 'talent';

export const STEPS = ['theme', 'ask', 'when', 'soon', 'who', 'consent', 'check'] as const;
export type Step = (typeof STEPS)[number];

/** Of a talent: what, when, who. */
export const TALENT_STEPS = ['theme', 'ask', 'when', 'who'] as const;
export type TalentStep = (typeof TALENT_STEPS)[number];

const place = 'kruispunt.draft';

function blank(area: string, kind: Kind, entry: number): Answers {
  return {
    area,
    kind,
    entry,
    theme: null,
    ask: null,
    day: null,
    part: null,
    repeat: kind === 'talent' ? 'sometimes' : 'once',
    urgency: null,
    language: null,
    source: null,
    together: null,
    began: 0,
  };
}

/** What is sealed beside who it is for. How far they manage by themselves is about a resident: never in plain storage. */
type Sealed = Answers & { reliance?: SelfReliance | null };

function kept(): Answers {
  const nothing = blank('', 'request', 0);
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(place) ?? 'null');
    return found && typeof found === 'object' ? { ...nothing, ...found } : nothing;
  } catch {
    return nothing;
  }
}

let answers = $state.raw(kept());
person.goesWith(() => ({ ...answers, reliance: person.reliance }) satisfies Sealed);

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
  begin(area: string, kind: Kind = 'request', entry: number = here.entry + 1): void {
    person.forget();
    keep({ ...blank(area, kind, entry), began: Date.now() });
  },

  /** Another question at the same door, for the same person; it belongs with the one that was just saved. */
  beginAlso(area: string, together: string, entry: number = here.entry + 1): void {
    keep({ ...blank(area, 'request', entry), together, began: Date.now() });
    person.comesBack();
  },

  /** A question that was being written when the app was closed. */
  resume(kept: CaseDraft, entry: number = here.entry + 1): void {
    const { reliance = null, ...sealed } = kept.answers as Sealed;
    keep({ ...blank(sealed.area, 'request', entry), ...sealed, entry });
    person.resume(kept.entry, reliance);
  },

  /** Takes up again who it is for, after the page was opened anew in the middle of it. */
  async remember(): Promise<void> {
    const { began } = answers;
    if (began === 0 || person.isKnown) return;
    const kept = await cases.draft().catch(() => null);
    if (kept && (kept.answers as Answers).began === began && answers.began === began && !person.isKnown) {
      person.resume(kept.entry, (kept.answers as Sealed).reliance ?? null);
    }
  },

  answer(part: Partial<Omit<Answers, 'area' | 'kind' | 'entry' | 'began'>>): void {
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

  /** The same for a talent, which has fewer. */
  reachTalent(step: TalentStep): TalentStep {
    const reached = draft.reach(step === 'who' ? 'when' : step);
    return step === 'who' && reached === 'when' ? step : (TALENT_STEPS.find((known) => known === reached) ?? 'theme');
  },

  get command(): Command | null {
    const { area, kind, theme, ask, day, part, repeat, urgency, language, source } = answers;
    if (!theme || !ask) return null;
    if (kind === 'talent') return { type: 'log_talent', area, theme, ask, day, part, repeat };
    if (!urgency) return null;
    return { type: 'log_request', area, theme, ask, day, part, urgency, repeat, language, source };
  },
};
