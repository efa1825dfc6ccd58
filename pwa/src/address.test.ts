import { describe, expect, it } from 'vitest';
import { askedOn, isAsking, parse, to } from './address';

describe('an address', () => {
  it('names a place and its arguments', () => {
    expect(parse('#/log/area-1/when')).toEqual({ place: 'log', args: ['area-1', 'when'] });
  });

  it.each(['', '#', '#/', '#/nowhere/at/all'])('%o leads home', (hash) => {
    expect(parse(hash)).toEqual({ place: 'home', args: [] });
  });

  it('survives signs that mean something in an address', () => {
    expect(parse(to('request', 'a/b c%'))).toEqual({ place: 'request', args: ['a/b c%'] });
  });

  it('with a broken escape is read as it stands', () => {
    expect(parse('#/request/%zz')).toEqual({ place: 'request', args: ['%zz'] });
  });
});

describe('the page of a resident', () => {
  it('has the code of its form', () => {
    expect(askedOn('#/vraag/some-code')).toBe('some-code');
    expect(askedOn('#/vraag')).toBe('');
    expect(askedOn('#/street/s1')).toBeUndefined();
  });
});

describe('a place that asks a question', () => {
  it.each(['#/log/s1/theme', '#/request/r1/withdraw', '#/me/leave', '#/start'])('is %s', (hash) => {
    expect(isAsking(parse(hash))).toBe(true);
  });

  it.each(['#/', '#/request/r1', '#/me', '#/board/all/r1', '#/street/s1', '#/me/notices', '#/inbox'])(
    'is not %s',
    (hash) => {
      expect(isAsking(parse(hash))).toBe(false);
    },
  );
});
