import { describe, expect, it } from 'vitest';
import { asSaid, ruleFor, withoutRule, withRule, type Ladder, type Rule } from './rules';

const rule = (street_hours: number, more: Partial<Rule> = {}): Rule => ({
  theme: null,
  urgency: 'this_week',
  own_network_hours: 0,
  street_hours,
  neighbourhood_hours: 72,
  start_hours: 96,
  answer_hours: 120,
  ...more,
});
const ladder: Ladder = {
  rules: [
    { ...rule(5), area: 'street' },
    { ...rule(6, { theme: 'care' }), area: 'quarter' },
    { ...rule(7, { urgency: 'today' }), area: 'quarter' },
  ],
  defaults: [rule(24), rule(0, { urgency: 'today' }), rule(72, { urgency: 'can_wait' })],
};

describe('the ladder', () => {
  it('holds as the nearest area says, and as usual where none does', () => {
    expect(ruleFor(ladder, null, 'this_week')).toEqual({ rule: rule(5), area: 'street' });
    expect(ruleFor(ladder, null, 'today')).toMatchObject({ area: 'quarter', rule: { street_hours: 7 } });
    expect(ruleFor(ladder, null, 'can_wait')).toMatchObject({ area: null, rule: { street_hours: 72 } });
  });

  it('asks the nearest area for the theme first and then for any', () => {
    expect(ruleFor(ladder, 'care', 'this_week')).toMatchObject({ area: 'street' });
    const wider: Ladder = { ...ladder, rules: ladder.rules.slice(1) };
    expect(ruleFor(wider, 'care', 'this_week')).toMatchObject({ area: 'quarter', rule: { theme: 'care' } });
    expect(ruleFor(wider, 'transport', 'this_week')).toMatchObject({ area: null });
  });

  it('is changed for one kind of requests of one area, and nothing else', () => {
    expect(withRule(ladder, 'quarter', rule(9, { urgency: 'today' }))).toEqual([
      rule(6, { theme: 'care' }),
      rule(9, { urgency: 'today' }),
    ]);
    expect(withRule(ladder, 'elsewhere', rule(1))).toEqual([rule(1)]);
    expect(withoutRule(ladder, 'street', rule(0))).toEqual([]);
  });

  it('says whole days as days', () => {
    expect(asSaid(24)).toEqual({ unit: 'hours', count: 24 });
    expect(asSaid(72)).toEqual({ unit: 'days', count: 3 });
    expect(asSaid(49)).toEqual({ unit: 'hours', count: 49 });
  });
});
