import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import { squares } from './squares';

/** What a path of such runs paints. */
function painted(path: string, size: number): boolean[][] {
  const rows = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    rows[Number(y)]?.fill(true, Number(x), Number(x) + Number(length));
  }
  return rows;
}

describe('the squares of a code', () => {
  it('are joined to runs', () => {
    expect(squares([[true, true, false, true], [false]])).toBe('M0 0h2v1h-2zM3 0h1v1h-1z');
  });

  it('paint exactly the code', () => {
    const { data, size } = encode('https://kruispunt.example/#/start/secret', { ecc: 'M', border: 2 });
    expect(painted(squares(data), size)).toEqual(data);
  });
});
