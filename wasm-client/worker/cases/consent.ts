/** What a resident consents to, as far as this phone knows: the rule of `core/src/consent.rs`, with own words after it. */
import { ASKED_CONSENTS, type CaseView, type Consent } from './contract';
import type { HeardWord, Word } from './shelf';

export function standing(heard: readonly HeardWord[], own: readonly Word[]): CaseView['consents'] {
  return ASKED_CONSENTS.map((asked) => {
    const isAsked = (word: Consent) => word.purpose === asked.purpose && word.recipient === asked.recipient;
    let stands: boolean | null = null;
    let withdrawn = 0;
    for (const word of [...heard].filter(isAsked).sort((one, other) => one.n - other.n)) {
      // An older relay does not say what the author had heard of.
      const knew = (word.after ?? word.n - 1) >= withdrawn;
      if (!word.given) withdrawn = word.n;
      stands = word.given && (knew || stands === true);
    }
    const mine = own.filter(isAsked);
    // What is said here wins here at once, unless a withdrawal came that its author had not heard of.
    for (const word of mine) stands = word.given && (word.after >= withdrawn || stands === true);
    return { ...asked, stands, waiting: mine.length > 0 };
  });
}

/** Whether a helper may still know of the case: as long as the resident did not take their word back. */
export function mayHelp(heard: readonly HeardWord[]): boolean {
  const help = standing(heard, []).filter(({ purpose }) => purpose === 'help');
  const stands = help.map((each) => each.stands);
  return stands.includes(true) || !stands.includes(false);
}

/** The number of the last word this phone heard of. */
export function heardUntil(heard: readonly HeardWord[]): number {
  return heard.reduce((last, { n }) => Math.max(last, n), 0);
}
