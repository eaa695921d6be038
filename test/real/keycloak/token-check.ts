/** Whether a token was given out by a realm and is still good: by the realm's own key set, as a gateway does. */
import { createPublicKey, verify, type JsonWebKey } from "node:crypto";

/** `realm`: its address. The check answers the status to refuse with, or undefined. */
export async function tokenCheck(realm: string): Promise<(token: string | undefined) => number | undefined> {
  const answer = await fetch(`${realm}/protocol/openid-connect/certs`);
  const { keys } = (await answer.json()) as { keys: (JsonWebKey & { kid: string })[] };
  return (token) => {
    if (token === undefined) return 403;
    const [head = "", claims = "", signature = ""] = token.split(".");
    const read = (part: string) =>
      JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
    try {
      const jwk = keys.find((key) => key.kid === read(head)["kid"]);
      if (jwk === undefined) return 401;
      const key = createPublicKey({ key: jwk, format: "jwk" });
      const good = verify("RSA-SHA256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"));
      return good && Number(read(claims)["exp"]) * 1000 > Date.now() ? undefined : 401;
    } catch {
      return 401;
    }
  };
}
