import { afterEach, describe, expect, it, vi } from 'vitest';
import { bytes, creationOptions, plain, requestOptions, text } from './options';

const CHALLENGE = text(new Uint8Array([0, 62 << 2, 255, 254]).buffer);

afterEach(() => vi.unstubAllGlobals());

describe('bytes in text', () => {
  it('come back as they went, also those that plain base64 writes otherwise', () => {
    for (const all of [[], [0], [251, 255], [62, 63, 250, 255, 191]]) {
      expect([...bytes(text(new Uint8Array(all).buffer))]).toEqual(all);
    }
    expect(text(new Uint8Array([251, 255]).buffer)).toBe('-_8');
  });
});

describe('on an old browser', () => {
  it('the options to make one get their bytes', () => {
    const options = creationOptions({
      publicKey: {
        challenge: CHALLENGE,
        user: { id: 'AQI', name: 'n' },
        excludeCredentials: [{ id: 'AQ', type: 'x' }],
      },
    });
    expect([...(options.challenge as Uint8Array)]).toEqual([0, 248, 255, 254]);
    expect([...(options.user.id as Uint8Array)]).toEqual([1, 2]);
    expect(options.user.name).toBe('n');
    expect([...((options.excludeCredentials ?? [])[0]?.id as Uint8Array)]).toEqual([1]);
  });

  it('the options to show one get theirs, without an envelope too', () => {
    const options = requestOptions({ challenge: CHALLENGE, rpId: 'kruispunt.example' });
    expect([...(options.challenge as Uint8Array)]).toEqual([0, 248, 255, 254]);
    expect(options.allowCredentials).toEqual([]);
    expect(options.rpId).toBe('kruispunt.example');
  });

  it('what was shown becomes text', () => {
    const buffer = (byte: number) => new Uint8Array([byte]).buffer;
    const credential = {
      id: 'AQ',
      rawId: buffer(1),
      type: 'public-key',
      getClientExtensionResults: () => ({}),
      response: { clientDataJSON: buffer(2), authenticatorData: buffer(3), signature: buffer(4), userHandle: null },
    };
    expect(plain(credential as unknown as PublicKeyCredential)).toEqual({
      id: 'AQ',
      rawId: 'AQ',
      type: 'public-key',
      authenticatorAttachment: undefined,
      clientExtensionResults: {},
      response: { clientDataJSON: 'Ag', authenticatorData: 'Aw', signature: 'BA' },
    });
  });
});

describe('on a new browser', () => {
  it('the browser reads the options itself', () => {
    const parse = vi.fn((options: object) => ({ ...options, parsed: true }));
    vi.stubGlobal('PublicKeyCredential', { parseCreationOptionsFromJSON: parse });
    expect(creationOptions({ publicKey: { challenge: CHALLENGE } })).toEqual({ challenge: CHALLENGE, parsed: true });
    expect(parse).toHaveBeenCalledOnce();
  });
});
