import { beforeAll, describe, expect, it } from 'vitest';
import type { Said } from '@worker/contract';
import fitNl from '@locales/fit/nl.json';
import nl from '@locales/help/nl.json';
import en from '@locales/help/en.json';
import ar from '@locales/help/ar.json';
import { PREFERENCES, REACHES } from '@worker/contract';
import type { Locale } from '@pwa/i18n/locales';
import { learn, speak } from '@pwa/i18n/words.svelte';
import { nearWord, obstacleWords, whyWord } from './said';

const said = (key: string, word: string | null = null, more: string | null = null): Said => ({ key, word, more });
const SHOPPING = [said('likes', 'groceries'), said('has_time', 'tue', 'afternoon'), said('near', 'neighbourhood')];

beforeAll(async () => {
  // What a browser has and this does not.
  Object.assign(globalThis, { document: { documentElement: {} } });
  const come =
    <T>(words: T) =>
    () =>
      Promise.resolve(words);
  await learn({ nl: come({ ...fitNl, ...nl }), en: come(en), ar: come(ar) });
});

async function inLanguage<T>(locale: Locale, what: () => T): Promise<T> {
  await speak(locale);
  const word = what();
  await speak('nl');
  // Where a word begins and ends that keeps its own direction is not read.
  return (typeof word === 'string' ? word.replace(/[\u2068\u2069]/g, '') : word) as T;
}

describe('why me', () => {
  it('is one sentence in every language', async () => {
    const why = () => whyWord(SHOPPING);
    expect(await inLanguage('nl', why)).toBe(
      'Je doet graag boodschappen, je kunt op dinsdagmiddag en het is in jouw buurt.',
    );
    expect(await inLanguage('en', why)).toBe(
      'You like doing groceries, you are free on Tuesday afternoon and it is in your neighbourhood.',
    );
    expect(await inLanguage('ar', why)).toBe('تحب المساعدة في التسوق وأنت متفرغ يوم الثلاثاء بعد الظهر وهو في حيّك.');
  });

  it('names three reasons at most, the first ones', () => {
    expect(whyWord([...SHOPPING, said('speaks', 'ar')])).not.toContain('Arabisch');
    expect(whyWord([said('speaks', 'ar'), said('prefers', 'outdoors')])).toBe(
      'Je spreekt Arabisch en je bent graag buiten.',
    );
  });

  it('leaves to a name that somebody asks, and what it has no words for', () => {
    expect(whyWord([said('asked')])).toBe(null);
    expect(whyWord([])).toBe(null);
    expect(whyWord([said('sings_well'), said('near', 'street')])).toBe('Het is in jouw straat.');
  });

  it('tells the day alone, and the part alone', () => {
    expect(whyWord([said('has_time', 'sat')])).toBe('Je kunt op zaterdag.');
    expect(whyWord([said('has_time', null, 'evening')])).toBe('Je kunt in de avond.');
  });
});

describe('what is in the way', () => {
  it('is said kindly, a sentence each', () => {
    expect(obstacleWords([said('no_time', 'tue', 'morning'), said('too_far', 'far')])).toEqual([
      'Op dinsdagochtend kun je meestal niet.',
      'Het is verder weg dan je wilde.',
    ]);
    expect(obstacleWords([said('rather_not', 'no_lifting')])).toEqual(['Hier moet iets zwaars getild worden.']);
    expect(obstacleWords([said('passed')])).toEqual([]);
  });
});

describe('how far', () => {
  it('is known from what speaks for it and from what is in the way', () => {
    expect(nearWord({ reasons: [said('near', 'street')], obstacles: [] })).toBe('in jouw straat');
    expect(nearWord({ reasons: [], obstacles: [said('too_far', 'far')] })).toBe('verder weg');
    expect(nearWord({ reasons: [], obstacles: [] })).toBe(null);
  });
});

it('has a word for everything a profile can say', () => {
  for (const reach of REACHES) expect(nl).toHaveProperty([`profile.reach.${reach}`]);
  for (const preference of PREFERENCES) expect(nl).toHaveProperty([`profile.preference.${preference}`]);
});
