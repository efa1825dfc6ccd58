import { describe, expect, it } from 'vitest';
import { firstNames, tooLong } from './names';

describe('first names that were pasted', () => {
  it('come from lists of every kind', () => {
    expect(firstNames('1. Amina\n2) Piet\r\n\n - Jan  Willem \n• Fatma,Joke;Noor\t')).toEqual([
      'Amina',
      'Piet',
      'Jan Willem',
      'Fatma',
      'Joke',
      'Noor',
    ]);
  });

  it('keep hyphens, accents and other scripts', () => {
    expect(firstNames('Anne-Fleur\nZoë\nأمينة')).toEqual(['Anne-Fleur', 'Zoë', 'أمينة']);
  });

  it('are none when nothing is there', () => expect(firstNames(' \n,; ')).toEqual([]));

  it('are measured in bytes, as the relay does', () => {
    expect(tooLong('a'.repeat(64))).toBe(false);
    expect(tooLong('é'.repeat(33))).toBe(true);
  });
});
