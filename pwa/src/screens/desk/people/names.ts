/** At most so many people are invited at once, and a first name is at most so many bytes: the relay takes no more. */
export const MOST = 100;
const LONGEST = 64;

/** First names as people paste them: from a list, a letter or a table; numbered or not, with or without empty lines. */
export function firstNames(pasted: string): string[] {
  return pasted
    .split(/[\n\r\t,;]+/)
    .map((name) =>
      name
        .replace(/^\s*(?:\d+\s*[.)]|[-–•*])\s*/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((name) => name !== '');
}

export const tooLong = (name: string) => new TextEncoder().encode(name).length > LONGEST;
