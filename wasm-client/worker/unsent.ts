/** What this phone holds that is not safe at the relay, as a file that a person can keep, read and hand on. */
import { unsent } from '@pwa/wasm/kruispunt_client.js';
import { read as readRecord } from './bytes';
import { isWork, type Errand, type Work } from './cases/shelf';
import type { Unsent } from './contract';
import type { Put } from './effect';

interface Piece {
  at?: number;
  [rest: string]: unknown;
}

/** `records` are the core's, and those of cases. Works also when no document can be read any more. */
export function onFile(records: readonly Put[], now: number): Unsent {
  const made = new Date(now).toISOString();
  const pieces = [...read(records), ...errands(records)];
  const file = {
    kruispunt: 'unsent',
    version: 1,
    made,
    pieces: pieces.map(dated),
  };
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
      .map(([key, bytes]) => ({
        key,
        record: btoa(String.fromCharCode(...bytes)),
      }));
  }
}

/** What is no change of a board. Cards and notes are in it as they would be sent: sealed, for the relay alone to open. */
function errands(records: readonly Put[]): Piece[] {
  return records.flatMap(([key, bytes]) => {
    const errand = key.startsWith('e/') ? (readRecord(bytes) as Errand | undefined) : undefined;
    if (!errand || !isWork(errand)) return [];
    const { kind, street, request, at, refused: reason } = errand;
    return [{ at, errand: kind, street, request, reason, ...content(errand) }];
  });
}

function content(errand: Work): object {
  switch (errand.kind) {
    case 'card':
      return { card: errand.sealed };
    case 'words':
      return { words: errand.words };
    case 'talk':
      return { note: { ...errand.note, ...errand.sealed } };
    case 'note':
      return { note: errand.note };
    case 'profile':
      return { profile: errand.change };
    case 'reply':
      return { reply: errand.reply };
  }
}

function dated({ at, ...piece }: Piece): unknown {
  return at === undefined ? piece : { at: new Date(at).toISOString(), ...piece };
}
