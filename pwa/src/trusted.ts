/**
 * The only door through which this app turns an address into running code.
 *
 * The server's Content-Security-Policy asks for Trusted Types, so that no text can become a script by accident.
 * The policy lets through what this very origin serves and nothing else.
 */
function sameOrigin(address: string): string {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new TypeError('only scripts of this origin may run');
  return url.href;
}

const policy = window.trustedTypes?.createPolicy('kruispunt', { createScriptURL: sameOrigin });

export function scriptUrl(url: URL | string): TrustedScriptURL | string {
  const address = String(url);
  return policy ? policy.createScriptURL(address) : sameOrigin(address);
}
