import type { Plugin } from 'vite';

/** How the glue of the core says where its WebAssembly is, when nobody tells it. */
const BESIDE = "new URL('kruispunt_client_bg.wasm', import.meta.url)";

/**
 * The service worker takes the core from the shell it keeps. Without this its own copy would be packed into the script,
 * a megabyte of text.
 */
export function coreInCache(): Plugin {
  return {
    name: 'kruispunt-core-in-cache',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/kruispunt_client.js')) return null;
      if (!code.includes(BESIDE))
        return this.error('the glue of the core says in another way where its WebAssembly is');
      return { code: code.replace(BESIDE, 'undefined'), map: null };
    },
  };
}
