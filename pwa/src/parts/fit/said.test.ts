import { describe, expect, it } from 'vitest';
import { LANGUAGES, PREFERENCES } from '../../../../wasm-client/worker/profile/contract';
import { ASKS } from '../../../../wasm-client/worker/contract';
import nl from '../../../locales/fit/nl.json';

/** What the core may say of a fit (`core/src/matching/fit.rs`). */
const REASONS = ['asked', 'likes', 'has_time', 'near', 'speaks', 'prefers'];
const OBSTACLES = ['away', 'enough', 'passed', 'other_talents', 'no_time', 'too_far', 'other_languages', 'rather_not'];

describe('the words about who fits what', () => {
  it('say every reason and obstacle', () => {
    for (const key of [...REASONS, ...OBSTACLES]) expect(nl).toHaveProperty([`fit.they.${key}`]);
  });

  it('have every theme, language and preference that may be named in one', () => {
    for (const theme of Object.keys(ASKS)) expect(nl).toHaveProperty([`fit.theme.${theme}`]);
    for (const language of LANGUAGES) expect(nl).toHaveProperty([`language.${language}`]);
    for (const preference of PREFERENCES) expect(nl).toHaveProperty([`fit.prefers.${preference}`]);
    for (const place of ['street', 'neighbourhood', 'quarter', 'far'])
      expect(nl).toHaveProperty([`fit.where.${place}`]);
  });
});
