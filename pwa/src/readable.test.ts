import { describe, expect, it } from 'vitest';
import { page } from './readable';

const wording = {
  title: 'Wat Kruispunt weet van <Amina>',
  language: 'nl',
  dir: 'ltr' as const,
  keyWord: (key: string) => ({ first_name: 'Voornaam', devices: 'Telefoons', created_at: 'Sinds' })[key] ?? key,
  valueWord: (key: string, value: string | number | boolean) =>
    key === 'created_at' ? `dag ${String(value)}` : String(value),
  none: 'Niets',
};

describe('what is held about somebody, as a page', () => {
  const text = page(
    {
      first_name: '<img src=x onerror="alert(1)">',
      verified: false,
      left: null,
      devices: [{ created_at: 7, id: 'a&b' }],
      notes: [],
    },
    wording,
  );

  it('has every field with its word, and every value', () => {
    for (const part of ['Voornaam', 'Telefoons', '<dt>Sinds</dt><dd><p>dag 7</p></dd>', '<p>false</p>'])
      expect(text).toContain(part);
  });

  it('says so where there is nothing', () => expect(text.split('Niets')).toHaveLength(3));

  it('has no markup that came from somebody', () => {
    expect(text).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
    expect(text).toContain('a&amp;b');
    expect(text).toContain('<title>Wat Kruispunt weet van &lt;Amina&gt;</title>');
    expect(text).not.toMatch(/<(img|script|a)\b/);
  });
});
