/**
 * Where we are: `#/name/argument/…`. A fragment never reaches the server, so an address in a log says nothing about
 * who looked at what.
 */
export type Place =
  | 'home'
  | 'street'
  | 'log'
  | 'talent'
  | 'history'
  | 'request'
  | 'volunteer'
  | 'profile'
  | 'board'
  | 'people'
  | 'inbox'
  | 'mail'
  | 'intake'
  | 'me'
  | 'danger'
  | 'start'
  | 'vraag';
export interface Route {
  place: Place;
  args: string[];
}

const places: readonly string[] = [
  'street',
  'log',
  'talent',
  'history',
  'request',
  'volunteer',
  'profile',
  'board',
  'people',
  'inbox',
  'mail',
  'intake',
  'me',
  'danger',
  'start',
  'vraag',
];

export function parse(hash: string): Route {
  const [name = '', ...args] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .filter(Boolean)
    .map(decode);
  return places.includes(name) ? { place: name as Place, args } : { place: 'home', args: [] };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function to(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

/** The code of the form on which a resident asks by themselves, where this is such a page. */
export function askedOn(hash: string): string | undefined {
  const { place, args } = parse(hash);
  return place === 'vraag' ? (args[0] ?? '') : undefined;
}

/** Whether this place asks one question, which should be answered or left before anything else happens. */
export function isAsking({ place, args }: Route): boolean {
  const own = { log: 0, start: 0, profile: 0, talent: 2, request: 2, people: 4, intake: 2, me: 1 } as Partial<
    Record<Place, number>
  >;
  const steps = own[place];
  // How somebody wants to hear is a list of small choices, no question.
  if (args[0] === 'notices') return false;
  return steps !== undefined && args.length >= steps;
}
