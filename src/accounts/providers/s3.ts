/** Any S3 object store: keys that a person has entered, for one endpoint. */
import { s3Probe } from "../../storage/probe.js";
import type { Provider } from "../provider.js";
import { text } from "../settings.js";

const SENDABLE = /^[\x21-\x7e]*$/;

export const s3: Provider = {
  id: "s3",
  title: "S3 object store",
  rate: 0,
  problem(_settings, secrets) {
    const id = text(secrets.accessKeyId);
    const secret = text(secrets.secretAccessKey);
    if (!id && !secret) return "The account has no access key. Enter the access key id and the secret access key.";
    if (!id) return "The account has a secret access key, but no access key id. Both are needed.";
    if (!secret) return "The account has an access key id, but no secret access key. Both are needed.";
    if ([id, secret, text(secrets.sessionToken)].every((part) => SENDABLE.test(part))) return undefined;
    return "The account's keys have a blank, a line break or another character that no key has.";
  },
  credentials: () => undefined,
  probe: s3Probe,
};
