/** Hashes that Node.js has not, in plain JavaScript; the build puts the library itself into this file. */
export { blake2b, blake2s } from "@noble/hashes/blake2";
export { blake3 } from "@noble/hashes/blake3";
