/** The RSA key that signs tokens, its public half as a key set, and how a token is put together. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";

export interface SigningKey {
  /** Signs claims as a compact JWS (RS256). */
  sign(claims: object): string;
  /** The key set document. */
  jwks: object;
  /** Base64 of the public key, as the realm document shows it. */
  publicKey: string;
}

const base64url = (value: string | Buffer): string => Buffer.from(value).toString("base64url");

export function makeSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" });
  const kid = createHash("sha256").update(JSON.stringify(jwk)).digest("base64url");
  return {
    sign: (claims) => signWith(privateKey, kid, claims),
    jwks: { keys: [{ kid, kty: "RSA", alg: "RS256", use: "sig", n: jwk.n, e: jwk.e }] },
    publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
  };
}

function signWith(key: KeyObject, kid: string, claims: object): string {
  const head = base64url(JSON.stringify({ alg: "RS256", typ: "JWT", kid }));
  const body = base64url(JSON.stringify(claims));
  return `${head}.${body}.${base64url(sign("RSA-SHA256", Buffer.from(`${head}.${body}`), key))}`;
}
