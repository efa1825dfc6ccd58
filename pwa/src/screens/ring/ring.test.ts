import { describe, expect, it } from 'vitest';
import { NOTICE_KINDS } from '@worker/inbox/contract';
import { familyOf } from './family';
import { kindsFor } from './settings/kinds';
import { clockOf, minutesOf, NEVER_QUIET, QUIET } from './settings/times';

describe('a time of the day', () => {
  it('is shown as a clock does, and read as a person or a phone writes it', () => {
    expect([0, 480, 1260, 1439].map(clockOf)).toEqual(['00:00', '08:00', '21:00', '23:59']);
    expect(['00:00', '8:05', '21:00', '23:59:30'].map(minutesOf)).toEqual([0, 485, 1260, 1439]);
  });

  it('that is none is nothing', () => {
    expect(['', '24:00', '12:60', 'noon', '-1:00'].map(minutesOf)).toEqual(Array(5).fill(undefined));
  });

  it('makes quiet hours from nine to eight, or none', () => {
    expect([clockOf(QUIET.quiet_from), clockOf(QUIET.quiet_until)]).toEqual(['21:00', '08:00']);
    expect(NEVER_QUIET.quiet_from).toBe(NEVER_QUIET.quiet_until);
  });
});

describe('the kinds of notices', () => {
  it('are offered to who may get them', () => {
    expect(kindsFor(['volunteer'])).toEqual(['task', 'asked', 'confirmed', 'lost', 'note']);
    expect(kindsFor(['ambassador'])).toEqual(['matched', 'feedback_due', 'note']);
    expect(kindsFor([])).toEqual([]);
  });

  it('are all offered to somebody', () => {
    const all = kindsFor(['volunteer', 'ambassador', 'coordinator', 'organisation_contact', 'steward']);
    expect([...all].sort()).toEqual([...NOTICE_KINDS].sort());
  });
});

describe('a browser', () => {
  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1', 5, 'ios'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15', 5, 'ios'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15', 0, 'safari'],
    ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36', 5, 'android'],
    ['Mozilla/5.0 (Linux; Android 14) SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36', 5, 'samsung'],
    ['Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0', 5, 'firefox_android'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 0, 'firefox'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0', 0, 'chrome'],
  ] as const)('%s with %d touches is of its family', (agent, touches, family) => {
    expect(familyOf(agent, touches)).toBe(family);
  });
});
