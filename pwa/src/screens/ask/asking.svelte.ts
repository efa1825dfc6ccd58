import type { CardText, Consent, DayPart, Repeat, Theme, Urgency, Weekday } from '@worker/contract';
import { ASKED_CONSENTS, ASKS, NOBODY } from '@worker/contract';
import type { Street } from './relay';

/** What stands on a board later, in fixed words. */
export interface Answers {
  theme: Theme;
  ask: string;
  day: Weekday | null;
  part: DayPart | null;
  repeat: Repeat;
  urgency: Urgency;
  street: string | null;
}

export const STEPS = [
  'start',
  'theme',
  'ask',
  'words',
  'when',
  'often',
  'soon',
  'street',
  'who',
  'consent',
  'check',
] as const;
export type Step = (typeof STEPS)[number];

type Pair = Pick<Consent, 'purpose' | 'recipient'>;
const named = ({ purpose, recipient }: Pair) => `${purpose}/${recipient}`;

/** One question of one resident, as far as it is answered. It is in this memory and nowhere else. */
export class Asking {
  theme = $state<Theme | null>(null);
  ask = $state<string | null>(null);
  day = $state<Weekday | null>(null);
  part = $state<DayPart | null>(null);
  repeat = $state<Repeat>('once');
  urgency = $state<Urgency | null>(null);
  /** `undefined`: not answered. `null`: they do not know. */
  street = $state<string | null | undefined>();
  card = $state.raw<CardText>(NOBODY);
  #said = $state.raw<Record<string, boolean>>({});

  constructor(private readonly streets: readonly Street[]) {
    const [only, ...others] = streets;
    if (others.length === 0) this.street = only?.area ?? null;
  }

  /** The questions there are: what has one answer is not asked. */
  get steps(): readonly Step[] {
    const asks = this.theme === null || ASKS[this.theme].length > 1;
    return STEPS.filter((step) => (step !== 'ask' || asks) && (step !== 'street' || this.streets.length > 1));
  }

  /** The question somebody may see who wants to see this one: the first without an answer, or the one they want. */
  reach(wanted: Step): Step {
    if (this.theme === null) return 'start';
    const before = this.steps.slice(0, Math.max(this.steps.indexOf(wanted), 0));
    return before.find((step) => !this.#isAnswered(step)) ?? (this.steps.includes(wanted) ? wanted : 'start');
  }

  #isAnswered(step: Step): boolean {
    switch (step) {
      case 'theme':
        return this.theme !== null;
      case 'ask':
        return this.ask !== null;
      case 'words':
        return this.theme !== 'other' || this.card.words.trim() !== '';
      case 'soon':
        return this.urgency !== null;
      case 'street':
        return this.street !== undefined;
      case 'who':
        return this.canBeReached;
      case 'consent':
        return this.isAgreed;
      default:
        return true;
    }
  }

  choose(theme: Theme): void {
    if (theme !== this.theme) this.ask = null;
    this.theme = theme;
    const [only, ...others] = ASKS[theme];
    if (others.length === 0) this.ask = only ?? null;
  }

  type(part: Partial<CardText>): void {
    this.card = { ...this.card, ...part };
  }

  /** Whether somebody could find them. */
  get canBeReached(): boolean {
    const { name, phone, address } = this.card;
    return name.trim() !== '' && (phone.trim() !== '' || address.trim() !== '');
  }

  say(pairs: readonly Pair[], given: boolean): void {
    this.#said = { ...this.#said, ...Object.fromEntries(pairs.map((pair) => [named(pair), given])) };
  }

  said(pair: Pair): boolean | undefined {
    return this.#said[named(pair)];
  }

  /** Every question of this kind has an answer, and somebody may at least read it. */
  get isAgreed(): boolean {
    return ASKED_CONSENTS.every((pair) => this.said(pair) !== undefined) && this.mayBeRead;
  }

  get mayBeRead(): boolean {
    return this.said({ purpose: 'arrange', recipient: 'coordinator' }) ?? false;
  }

  get consents(): Consent[] {
    return ASKED_CONSENTS.map((pair) => ({ ...pair, given: this.said(pair) ?? false }));
  }

  /** All of it, or nothing while an answer is missing. */
  get answers(): Answers | null {
    const { theme, ask, day, part, repeat, urgency, street } = this;
    if (theme === null || ask === null || urgency === null || street === undefined) return null;
    return { theme, ask, day, part, repeat, urgency, street };
  }

  get isComplete(): boolean {
    return this.answers !== null && this.canBeReached && this.isAgreed;
  }
}
