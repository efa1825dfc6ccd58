/** Hybrid public key encryption (RFC 9180) on top of the browser's own cryptography. In a bundle of its own. */
export { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
