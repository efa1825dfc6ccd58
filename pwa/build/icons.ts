import { readFile } from 'node:fs/promises';
import type { Plugin } from 'vite';

const asked = '.svg?path';

/**
 * `import basket from '@tabler/icons/outline/basket.svg?path'` gives the drawing as one path string.
 *
 * The Tabler family draws every icon with plain paths on a 24 by 24 grid, so their strings can be joined.
 * This keeps the bundle to the few icons in use, without markup that Trusted Types would have to let through.
 */
export function iconPaths(): Plugin {
  return {
    name: 'kruispunt-icon-paths',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.endsWith(asked)) return null;
      const found = await this.resolve(source.slice(0, -'?path'.length), importer, { skipSelf: true });
      return found && `${found.id}?path`;
    },
    async load(id) {
      if (!id.endsWith(asked)) return null;
      return `export default ${JSON.stringify(joinPaths(await readFile(id.slice(0, -'?path'.length), 'utf8')))};`;
    },
  };
}

export function joinPaths(svg: string): string {
  const drawn = svg.match(/<path[^>]*>/g)?.filter((path) => !path.includes('stroke="none"')) ?? [];
  return drawn.map((path) => /\sd="([^"]+)"/.exec(path)?.[1] ?? '').join('');
}
