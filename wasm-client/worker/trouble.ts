/** Something a person must be told, by the key of the message. */
export class Trouble extends Error {
  constructor(readonly key: string) {
    super(key);
    this.name = 'Trouble';
  }
}

/** The key to show for anything that was thrown. */
export function keyOf(thrown: unknown): string {
  if (thrown instanceof Trouble) return thrown.key;
  // The core's own refusals: the message is the key of the reason.
  if (thrown instanceof Error && (thrown.name === 'Refused' || thrown.name === 'Storage')) return thrown.message;
  return 'unknown';
}
