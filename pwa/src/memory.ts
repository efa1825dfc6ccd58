/**
 * Small choices this phone keeps: language, light, ways of looking at the board, and whether to be asked for a profile
 * or for notifications. A browser that forbids storage keeps them until it is closed. Nothing about a resident or a
 * request is ever kept here.
 */
type Choice = 'locale' | 'light' | 'board' | 'profile' | 'ring';

/** Its name in the browser's storage. */
export const placeOf = (choice: Choice): string => `kruispunt.${choice}`;

export function recall(choice: Choice): string | null {
  try {
    return localStorage.getItem(placeOf(choice));
  } catch {
    return null;
  }
}

export function remember(choice: Choice, value: string): void {
  try {
    localStorage.setItem(placeOf(choice), value);
  } catch {
    // The choice holds for this visit; there is nothing the person could do about it.
  }
}

export function forget(choice: Choice): void {
  try {
    localStorage.removeItem(placeOf(choice));
  } catch {
    // Then it was never kept.
  }
}
