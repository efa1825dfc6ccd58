/** The steps that ask once more before something changes for other people; each is a key of `RequestCard.can`. */
export const QUESTIONS = ['feedback', 'done', 'release', 'withdraw'] as const;
export type Question = (typeof QUESTIONS)[number];
