/** What this phone holds that is not safe at the relay, as a file that a person can keep, read and hand on. */
import { unsent } from '@pwa/wasm/kruispunt_client.js';
import type { Unsent } from './contract';
import type { Put } from './effect';

interface Piece {
  at?: number;
  [rest: string]: unknown;
}

/** `records` are the core's. Works also when no document can be read any more. */
export function onFile(records: readonly Put[], now: number): Unsent {
  const made = new Date(now).toISOString();
  const pieces = read(records);
  const file = { kruispunt: 'unsent', version: 1, made, pieces: pieces.map(dated) };
  return {
    name: `kruispunt-${made.slice(0, 10)}`,
    text: `${JSON.stringify(file, undefined, 2)}\n`,
    pieces: pieces.length,
  };
}

function read(records: readonly Put[]): Piece[] {
  try {
    return JSON.parse(unsent(records as Put[])) as Piece[];
  } catch {
    // The core itself does not work here. Its records are still worth keeping.
    return records
      .filter(([key]) => /^[or]\//.test(key))
      .map(([key, bytes]) => ({ key, record: btoa(String.fromCharCode(...bytes)) }));
  }
}

function dated({ at, ...piece }: Piece): unknown {
  return at === undefined ? piece : { at: new Date(at).toISOString(), ...piece };
}
