/** Where a key says nothing but itself. */
const FIELDS = 'input, textarea, select, [contenteditable], dialog';

/** Whether somebody types a letter rather than gives a sign. */
export function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  return target instanceof Element && target.closest(FIELDS) !== null;
}

/** The keys of the board, in the order in which they are told. */
export const KEYS = [
  { keys: 'j', word: 'keys.next' },
  { keys: 'k', word: 'keys.previous' },
  { keys: 'Enter', word: 'keys.open' },
  { keys: 'Esc', word: 'keys.close' },
  { keys: 'm', word: 'keys.match' },
  { keys: 'r', word: 'keys.route' },
  { keys: 'a', word: 'keys.ask' },
  { keys: '/', word: 'keys.search' },
  { keys: '?', word: 'keys.help' },
] as const;
