import { cases } from '@pwa/core.svelte';
import {
  ASKED_CONSENTS,
  NOBODY,
  type CaseEntry,
  type CardText,
  type Consent,
  type SelfReliance,
} from '@worker/contract';

/**
 * Who a request is for and what they agree to, while it is being written. It is in this page's memory and nowhere else;
 * the core keeps a copy that is sealed to this phone, so that closing the app loses little.
 */
const blank = (): CaseEntry => ({ card: NOBODY, consents: [], how: 'spoken' });

/** A pause in typing this long is a moment to keep what was typed, in milliseconds. */
const PAUSE_MS = 400;

let entry = $state.raw<CaseEntry>(blank());
let reliance = $state.raw<SelfReliance | null>(null);
/** Who the question that was just saved is for, while its screen still offers to write down another one. */
let saved: CaseEntry | null = null;
let pause: ReturnType<typeof setTimeout> | undefined;
let answers: () => unknown = () => null;

export const person = {
  get card(): CardText {
    return entry.card;
  },
  get how(): CaseEntry['how'] {
    return entry.how;
  },
  /** How far they manage by themselves, at first sight. */
  get reliance(): SelfReliance | null {
    return reliance;
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

  manages(level: SelfReliance | null): void {
    reliance = level;
    take(entry);
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
    reliance = null;
  },

  resume(kept: CaseEntry, level: SelfReliance | null): void {
    entry = kept;
    reliance = level;
  },

  /** It is saved; whoever stands at the door may have another question. */
  isSaved(): void {
    saved = entry;
  },

  /** The same person, and what they agreed to. What they said was about the other question. */
  comesBack(): void {
    const { name, address, phone } = saved?.card ?? NOBODY;
    entry = { ...(saved ?? blank()), card: { ...NOBODY, name, address, phone } };
    reliance = null;
  },

  leaves(): void {
    saved = null;
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
    void cases.keepDraft(person.isKnown || reliance ? { answers: answers(), entry } : null).catch(() => undefined);
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
