/**
 * Speaking instead of typing, where the browser itself understands speech on this device. What is said at a door is
 * about a resident, so a service elsewhere never hears it: a browser that cannot promise that is not asked.
 */
interface Result {
  isFinal: boolean;
  0: { transcript: string };
}

export interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  processLocally: boolean;
  start(): void;
  stop(): void;
}

interface Recognizing {
  new (): Recognition;
  available?(asked: { langs: string[]; processLocally: boolean }): Promise<string>;
}

/** Languages as speech is asked for. */
const SPOKEN: Record<string, string> = { nl: 'nl-NL', en: 'en-GB', ar: 'ar-SA' };

/** Something that listens on this device, ready to start; null where there is nothing that does. */
export async function listener(language: string, from: object = globalThis): Promise<Recognition | null> {
  const Listens = (from as { SpeechRecognition?: Recognizing }).SpeechRecognition;
  const lang = SPOKEN[language] ?? language;
  if (!Listens?.available || !('processLocally' in Listens.prototype)) return null;
  const answer = await Listens.available({ langs: [lang], processLocally: true }).catch(() => 'unavailable');
  if (answer !== 'available') return null;
  const recognition = new Listens();
  recognition.processLocally = true;
  recognition.lang = lang;
  recognition.continuous = true;
  recognition.interimResults = false;
  return recognition;
}

/** What was understood for good with this event, as one text. */
export function heard(event: Event): string {
  const { results, resultIndex } = event as Event & { results: ArrayLike<Result>; resultIndex: number };
  return Array.from(results)
    .slice(resultIndex)
    .filter(({ isFinal }) => isFinal)
    .map((result) => result[0].transcript.trim())
    .join(' ');
}

/** What was typed, and what was said after it. */
export function continued(text: string, said: string): string {
  if (said === '') return text;
  return text.trim() === '' ? said : `${text.trimEnd()} ${said}`;
}
