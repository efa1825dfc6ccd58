// Writes a .br beside every file of a folder that gets smaller by it.
// Usage: node brotli.mjs FOLDER CACHE
//
// Node's own brotli, because it is there anyway and written in C: 4 s for the phone's core where
// the Rust crate in a development build took 15. What was compressed before is kept in CACHE under
// the name of its content; what is no longer used there goes.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const COMPRESSIBLE = /\.(css|html|ico|js|json|map|mjs|svg|ttf|txt|wasm|webmanifest|xml)$/;
const compress = promisify(brotliCompress);
const [folder, cache] = process.argv.slice(2);

await mkdir(cache, { recursive: true });
const used = new Set();
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
await Promise.all(
  entries
    .filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name))
    .map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = await readFile(path);
      const smaller = await compressed(content);
      if (smaller.length < content.length) await writeFile(`${path}.br`, smaller);
    }),
);
const kept = await readdir(cache);
await Promise.all(kept.filter((name) => !used.has(name)).map((name) => rm(join(cache, name))));

/** @param {Buffer} content */
async function compressed(content) {
  const name = createHash('sha256').update(content).digest('hex');
  used.add(name);
  const kept = await readFile(join(cache, name)).catch(() => undefined);
  if (kept) return kept;
  const smaller = await compress(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  await writeFile(join(cache, name), smaller);
  return smaller;
}
