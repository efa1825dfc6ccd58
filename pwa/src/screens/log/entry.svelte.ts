import { cases } from '@pwa/core.svelte';
import { ASKED_CONSENTS, NOBODY, type CaseEntry, type CardText, type Consent } from '@worker/contract';

/**
 * Who a request is for and what they agree to, while it is being written. It is in this page's memory and nowhere else;
 * the core keeps a copy that is sealed to this phone, so that closing the app loses little.
 */
const blank = (): CaseEntry => ({ card: NOBODY, consents: [], how: 'spoken' });

/** A pause in typing this long is a moment to keep what was typed, in milliseconds. */
const PAUSE_MS = 400;

let entry = $state.raw<CaseEntry>(blank());
let pause: ReturnType<typeof setTimeout> | undefined;
let answers: () => unknown = () => null;

export const person = {
  get card(): CardText {
    return entry.card;
  },
  get how(): CaseEntry['how'] {
    return entry.how;
  },
  get isKnown(): boolean {
    return Object.values(entry.card).some((text: string) => text.trim() !== '');
  },

  /** What was answered to one of the things that are asked. */
  said(asked: Omit<Consent, 'given'>): boolean | null {
    return entry.consents.find((known) => isSame(known, asked))?.given ?? null;
  },

  type(part: Partial<CardText>): void {
    take({ ...entry, card: { ...entry.card, ...part } });
  },

  say(consent: Consent): void {
    const others = entry.consents.filter((known) => !isSame(known, consent));
    const consents = ASKED_CONSENTS.flatMap((asked) => [...others, consent].filter((known) => isSame(known, asked)));
    take({ ...entry, consents });
  },

  saidHow(how: CaseEntry['how']): void {
    take({ ...entry, how });
  },

  /** What is saved with the request; nothing when nobody was written down. */
  get toSave(): CaseEntry | undefined {
    return person.isKnown ? entry : undefined;
  },

  /** A new question, for somebody else. */
  forget(): void {
    clearTimeout(pause);
    pause = undefined;
    entry = blank();
  },

  resume(kept: CaseEntry): void {
    entry = kept;
  },

  /** What is kept with it, so that a wizard that was closed can go on. */
  goesWith(others: () => unknown): void {
    answers = others;
  },

  /** Keeps what was typed last, without waiting for a pause. */
  keepNow(): void {
    if (pause === undefined) return;
    clearTimeout(pause);
    pause = undefined;
    // A phone that cannot keep it says so on every screen already; it is still here.
    void cases.keepDraft(person.isKnown ? { answers: answers(), entry } : null).catch(() => undefined);
  },
};

function isSame(one: Omit<Consent, 'given'>, other: Omit<Consent, 'given'>): boolean {
  return one.purpose === other.purpose && one.recipient === other.recipient;
}

function take(next: CaseEntry): void {
  entry = next;
  clearTimeout(pause);
  pause = setTimeout(() => person.keepNow(), PAUSE_MS);
}

addEventListener('pagehide', () => person.keepNow());
document.addEventListener('visibilitychange', () => document.hidden && person.keepNow());
