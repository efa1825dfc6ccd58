import { expect, it } from 'vitest';
import { joinPaths } from './icons';

it('joins the drawn paths of an icon and leaves out its invisible frame', () => {
  const svg = '<svg><path stroke="none" d="M0 0h24v24H0z" fill="none" /><path d="M1 1h2" /><path\n d="M4 4v2" /></svg>';
  expect(joinPaths(svg)).toBe('M1 1h2M4 4v2');
});
