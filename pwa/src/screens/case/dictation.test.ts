import { expect, it } from 'vitest';
import { continued, heard, listener } from './dictation';

function browser(answer: string, asked: unknown[] = []) {
  class SpeechRecognition extends EventTarget {
    lang = '';
    continuous = false;
    interimResults = true;
    get processLocally(): boolean {
      return this.local;
    }
    set processLocally(local: boolean) {
      this.local = local;
    }
    private local = false;
    start(): void {
      this.dispatchEvent(new Event('start'));
    }
    stop(): void {
      this.dispatchEvent(new Event('end'));
    }
    static available(query: unknown): Promise<string> {
      asked.push(query);
      return Promise.resolve(answer);
    }
  }
  return { SpeechRecognition };
}

it('listens on this device only', async () => {
  const asked: unknown[] = [];
  const recognition = await listener('nl', browser('available', asked));
  expect(recognition).toMatchObject({ lang: 'nl-NL', processLocally: true });
  expect(asked).toEqual([{ langs: ['nl-NL'], processLocally: true }]);
});

it.each(['unavailable', 'downloadable', 'downloading'])('does not listen where that is %s', async (answer) => {
  expect(await listener('nl', browser(answer))).toBeNull();
});

it('asks no browser that would send what is said to somewhere else', async () => {
  class Elsewhere extends EventTarget {}
  expect(await listener('nl', { SpeechRecognition: Elsewhere })).toBeNull();
  expect(await listener('nl', { webkitSpeechRecognition: Elsewhere })).toBeNull();
  expect(await listener('nl', {})).toBeNull();
});

it('takes what is understood for good, and puts it after what is there', () => {
  const results = [
    { isFinal: true, 0: { transcript: 'eerder' } },
    { isFinal: true, 0: { transcript: ' ik durf niet ' } },
    { isFinal: false, 0: { transcript: 'mis' } },
  ];
  const event = Object.assign(new Event('result'), { results, resultIndex: 1 });
  expect(heard(event)).toBe('ik durf niet');
  expect(continued('', 'ik durf niet')).toBe('ik durf niet');
  expect(continued('Ze zei: ', 'ik durf niet')).toBe('Ze zei: ik durf niet');
  expect(continued('Ze zei', '')).toBe('Ze zei');
});
