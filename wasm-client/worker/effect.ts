/** What the core wants done outside, as `Phone.drain()` gives it: see `Effect` in `core/src/sync/phone.rs`. */
export type Effect =
  | [name: 'store', batch: number, puts: Put[], deletes: string[]]
  | [name: 'connect', afterMs: number]
  | [name: 'send', frame: Uint8Array<ArrayBuffer>]
  | [name: 'close']
  | [name: 'sign_in']
  | [name: 'ask_anew']
  | [name: 'revoked']
  | [name: 'changed'];

/** One record to write. */
export type Put = [key: string, bytes: Uint8Array<ArrayBuffer>];
