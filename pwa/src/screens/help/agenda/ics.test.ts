import { describe, expect, it } from 'vitest';
import { type Appointment, daysAhead, nextDay, weekdayOf } from './days';
import { calendarFile, escaped, folded } from './ics';

const NOW = new Date(Date.UTC(2026, 10, 23, 8, 5, 9));
const LINK = 'https://kruispunt.example/#/request/AAAAAAAAAAAAAAAAAAAAAA';

const appointment: Appointment = {
  request: 'AAAAAAAAAAAAAAAAAAAAAA',
  day: { year: 2026, month: 11, day: 24 },
  part: 'afternoon',
  repeat: 'once',
  title: 'Helpen: Samen wandelen',
  text: 'Afspraak in Kruispunt. Wie en waar zie je daar.',
  link: LINK,
};

/** As a calendar reads it: folded lines put together again. */
const lines = (changes: Partial<Appointment> = {}, now = NOW) =>
  calendarFile({ ...appointment, ...changes }, now)
    .replaceAll('\r\n ', '')
    .split('\r\n');

describe('the file', () => {
  it('says when, by the clock of the street', () => {
    const said = lines();
    expect(said).toContain('DTSTART;TZID=Europe/Amsterdam:20261124T120000');
    expect(said).toContain('DTEND;TZID=Europe/Amsterdam:20261124T170000');
    expect(said).toContain('TZID:Europe/Amsterdam');
    expect(lines({ part: 'morning' })).toContain('DTSTART;TZID=Europe/Amsterdam:20261124T090000');
    expect(lines({ part: 'evening' })).toContain('DTEND;TZID=Europe/Amsterdam:20261124T210000');
  });

  it('takes the whole day where no part of it is known', () => {
    const said = lines({ part: null });
    expect(said).toContain('DTSTART;VALUE=DATE:20261124');
    expect(said.some((line) => line.startsWith('DTEND') || line.includes('TZID'))).toBe(false);
  });

  it('is stamped in UTC', () => {
    expect(lines()).toContain('DTSTAMP:20261123T080509Z');
  });

  it('keeps its UID when it is made again, so that a calendar changes what it has', () => {
    const uid = (said: string[]) => said.filter((line) => line.startsWith('UID:'));
    const later = lines({ day: { year: 2026, month: 12, day: 1 } }, new Date(NOW.getTime() + 86_400_000));
    expect(uid(later)).toEqual(uid(lines()));
    expect(uid(lines())).toEqual(['UID:AAAAAAAAAAAAAAAAAAAAAA@kruispunt']);
  });

  it('comes back every week only where that was asked', () => {
    // The zone has rules of its own, for summer and winter.
    const rules = (said: string[]) =>
      said.slice(said.indexOf('BEGIN:VEVENT')).filter((line) => line.startsWith('RRULE'));
    expect(rules(lines({ repeat: 'weekly' }))).toEqual(['RRULE:FREQ=WEEKLY']);
    expect(rules(lines())).toEqual([]);
    expect(rules(lines({ repeat: 'sometimes' }))).toEqual([]);
  });

  it('leads back to the request and says nothing else of it', () => {
    const said = lines();
    expect(said).toContain(`URL:${LINK}`);
    expect(said).toContain('SUMMARY:Helpen: Samen wandelen');
    expect(said.filter((line) => /^(LOCATION|ATTENDEE|ORGANIZER|CONTACT|GEO)/.test(line))).toEqual([]);
  });

  it('ends every line as the standard has it, and begins and ends once', () => {
    const text = calendarFile(appointment, NOW);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(1);
    expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true);
  });
});

describe('escaping', () => {
  it('takes commas, semicolons and backslashes for what they are', () => {
    expect(escaped('a, b; c\\d')).toBe('a\\, b\\; c\\\\d');
  });

  it('writes every kind of line end as one', () => {
    expect(escaped('a\r\nb\nc\rd')).toBe('a\\nb\\nc\\nd');
  });
});

describe('folding', () => {
  const octets = (text: string) => new TextEncoder().encode(text).length;

  it('leaves 75 octets in one piece and folds the 76th', () => {
    expect(folded('x'.repeat(75))).toBe('x'.repeat(75));
    expect(folded('x'.repeat(76))).toBe(`${'x'.repeat(75)}\r\n x`);
  });

  it('counts octets and not letters, and cuts no letter in two', () => {
    for (const text of ['ع'.repeat(200), '👩‍🌾'.repeat(40), `${'x'.repeat(74)}é${'y'.repeat(90)}`]) {
      const parts = folded(text).split('\r\n');
      expect(parts.every((part) => octets(part) <= 75)).toBe(true);
      expect(parts.map((part, index) => (index === 0 ? part : part.slice(1))).join('')).toBe(text);
      expect(parts.slice(1).every((part) => part.startsWith(' '))).toBe(true);
    }
  });
});

describe('the next such day', () => {
  const monday = new Date(2026, 10, 23, 10, 0);

  it('is ahead in the week, and today while its part is not over', () => {
    expect(nextDay(monday, 'tue', 'afternoon')).toEqual({ year: 2026, month: 11, day: 24 });
    expect(nextDay(monday, 'sun', null)).toEqual({ year: 2026, month: 11, day: 29 });
    expect(nextDay(monday, 'mon', 'afternoon')).toEqual({ year: 2026, month: 11, day: 23 });
    expect(nextDay(new Date(2026, 10, 23, 17, 0), 'mon', 'afternoon')).toEqual({ year: 2026, month: 11, day: 30 });
  });

  it('crosses the end of a month and of a year', () => {
    expect(nextDay(new Date(2026, 11, 31, 23, 0), 'fri', 'morning')).toEqual({ year: 2027, month: 1, day: 1 });
  });

  it('is what it is called', () => {
    for (const day of daysAhead(monday, null)) expect(nextDay(monday, weekdayOf(day), null)).toEqual(day);
    expect(daysAhead(new Date(2026, 10, 23, 22, 0), 'evening')[0]).toEqual({ year: 2026, month: 11, day: 24 });
  });
});
