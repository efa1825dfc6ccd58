/** What a test lets the push service answer instead of what it would say by itself. */
export type Answer =
  | { status: number; headers?: Record<string, string> }
  /** No answer, until the sender loses patience or the test lets go; the message is not taken. */
  | 'hangs'
  /** The message is taken and delivered, but its sender hears nothing. */
  | 'takes and hangs'
  /** The connection is torn down. */
  | 'resets';

interface Injected {
  answer: Answer;
  token: string | undefined;
  times: number;
}

/** Answers in waiting, the oldest first. */
export class Answers {
  private injected: Injected[] = [];

  /** For the next so many messages, to one subscription or to any. */
  inject(answer: Answer, { token, times = 1 }: { token?: string; times?: number } = {}): void {
    this.injected.push({ answer, token, times });
  }

  forget(): void {
    this.injected = [];
  }

  takes(token: string): Answer | undefined {
    const found = this.injected.find((each) => each.token === undefined || each.token === token);
    if (!found) return undefined;
    found.times -= 1;
    if (found.times <= 0) this.injected.splice(this.injected.indexOf(found), 1);
    return found.answer;
  }
}
