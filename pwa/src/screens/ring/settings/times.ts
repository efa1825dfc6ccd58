/** Minutes of the day as a clock shows them, and back. */
const HOUR = 60;
const DAY = 24 * HOUR;

export function clockOf(minutes: number): string {
  const within = ((Math.trunc(minutes) % DAY) + DAY) % DAY;
  return [Math.floor(within / HOUR), within % HOUR].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Undefined for what is no time. */
export function minutesOf(clock: string): number | undefined {
  const [, hours = '', minutes = ''] = /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(clock) ?? [];
  const [h, m] = [Number(hours), Number(minutes)];
  return hours !== '' && h < 24 && m < HOUR ? h * HOUR + m : undefined;
}

export const QUIET = { quiet_from: 21 * HOUR, quiet_until: 8 * HOUR } as const;
/** Quiet hours that begin when they end are none. */
export const NEVER_QUIET = { quiet_from: 0, quiet_until: 0 } as const;
