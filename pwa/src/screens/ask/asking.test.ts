import { describe, expect, it } from 'vitest';
import { Asking } from './asking.svelte';
import type { Street } from './relay';

const street = (area: string): Street => ({ area, name: area, within: 'north' });
const two = [street('elm'), street('oak')];

function answered(): Asking {
  const asking = new Asking(two);
  asking.choose('company');
  asking.ask = 'coffee';
  asking.urgency = 'this_week';
  asking.street = null;
  asking.type({ name: 'A', phone: '1' });
  asking.say([{ purpose: 'arrange', recipient: 'coordinator' }], true);
  asking.say([{ purpose: 'help', recipient: 'volunteer' }], false);
  asking.say(
    [
      { purpose: 'help', recipient: 'organisation' },
      { purpose: 'help', recipient: 'neighbourhood_team' },
    ],
    true,
  );
  return asking;
}

describe('the questions', () => {
  it('leave out what has one answer only', () => {
    expect(new Asking(two).steps).toContain('street');
    const asking = new Asking([street('elm')]);
    asking.choose('other');
    expect(asking.steps).not.toContain('street');
    expect(asking.steps).not.toContain('ask');
    expect([asking.street, asking.ask]).toEqual(['elm', 'something_else']);
  });

  it('ask again what fits no other theme', () => {
    const asking = answered();
    asking.choose('company');
    expect(asking.ask).toBe('coffee');
    asking.choose('chores');
    expect(asking.ask).toBeNull();
    expect(asking.isComplete).toBe(false);
  });
});

describe('the way back and forth', () => {
  it('leads to no question before those that come first', () => {
    const asking = new Asking(two);
    expect(asking.reach('check')).toBe('start');
    asking.choose('company');
    expect(asking.reach('check')).toBe('ask');
    expect(asking.reach('theme')).toBe('theme');
    expect(answered().reach('check')).toBe('check');
  });

  it('leads to the words where nothing else says what is asked', () => {
    const asking = answered();
    asking.choose('other');
    expect(asking.reach('check')).toBe('words');
    asking.type({ words: 'a lamp' });
    expect(asking.reach('check')).toBe('check');
    expect(asking.reach('ask')).toBe('start');
  });
});

describe('what was answered', () => {
  it('is complete with a street that they do not know', () => {
    const asking = answered();
    expect(asking.isComplete).toBe(true);
    expect(asking.answers?.street).toBeNull();
    expect(asking.consents.filter(({ given }) => given).map(({ recipient }) => recipient)).toEqual([
      'coordinator',
      'organisation',
      'neighbourhood_team',
    ]);
  });

  it('is nothing without a way to find them', () => {
    const asking = answered();
    asking.type({ phone: '  ' });
    expect(asking.isComplete).toBe(false);
    asking.type({ address: 'Elm 1' });
    expect(asking.isComplete).toBe(true);
    asking.type({ name: ' ' });
    expect(asking.isComplete).toBe(false);
  });

  it('is not sent when nobody may read it', () => {
    const asking = answered();
    asking.say([{ purpose: 'arrange', recipient: 'coordinator' }], false);
    expect(asking.isComplete).toBe(false);
  });
});
