import { type Appointment, type Day, HOURS } from './days';

/**
 * An appointment as a file for any calendar (RFC 5545). No name and no address of a resident is in it: calendars are
 * shared, copied to clouds and shown on locked screens.
 */
export function calendarFile(appointment: Appointment, now: Date): string {
  const { request, title, text, link, repeat } = appointment;
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Kruispunt//Kruispunt//NL',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    ...(appointment.part ? AMSTERDAM : []),
    'BEGIN:VEVENT',
    // The same request always has the same one, so that a second file changes the first appointment.
    `UID:${request}@kruispunt`,
    `DTSTAMP:${utc(now)}`,
    ...span(appointment),
    ...(repeat === 'weekly' ? ['RRULE:FREQ=WEEKLY'] : []),
    `SUMMARY:${escaped(title)}`,
    `DESCRIPTION:${escaped(`${text}\n${link}`)}`,
    `URL:${link}`,
    'CLASS:PRIVATE',
    'END:VEVENT',
    'END:VCALENDAR',
  ]
    .map((line) => `${folded(line)}\r\n`)
    .join('');
}

/** Commas, semicolons, backslashes and ends of lines mean something else in a text (3.3.11). */
export function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n');
}

/** A line holds at most 75 octets; the rest goes on after a space (3.1). A character is never cut in two. */
export function folded(line: string): string {
  const octets = new TextEncoder();
  let whole = '';
  let held = 0;
  for (const character of line) {
    const length = octets.encode(character).length;
    if (held + length > 75) {
      whole += '\r\n ';
      held = 1;
    }
    whole += character;
    held += length;
  }
  return whole;
}

/** By the clock of the street, so that a weekly appointment stays at its hour in summer; a whole day without a part. */
function span({ day, part }: Appointment): string[] {
  if (!part) return [`DTSTART;VALUE=DATE:${date(day)}`];
  const { from, to } = HOURS[part];
  const at = (hour: number) => `TZID=Europe/Amsterdam:${date(day)}T${two(hour)}0000`;
  return [`DTSTART;${at(from)}`, `DTEND;${at(to)}`];
}

const two = (number: number) => String(number).padStart(2, '0');
const date = ({ year, month, day }: Day) => `${String(year).padStart(4, '0')}${two(month)}${two(day)}`;
const utc = (now: Date) => now.toISOString().replace(/[-:]|\.\d+/g, '');

/** Summer time as the European Union has had it since 1996. */
const AMSTERDAM = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Amsterdam',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19960331T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];
