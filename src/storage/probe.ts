/** The Test button's step for an object store: its first files. */
import type { Account } from "../accounts/account.js";
import type { ProbeWork } from "../accounts/probe.js";
import { text } from "../accounts/settings.js";
import { safeUrl } from "../http/origins.js";
import { openStore } from "./storage.js";

/** Nothing to list without a bucket: then the keys are not tried. */
export function s3Probe(account: Account, signal: AbortSignal): ProbeWork[] {
  return [
    [
      "bucket",
      async () => {
        if (text(account.settings.bucket) === "") return undefined;
        const store = await openStore(account, "s3", signal);
        let files = 0;
        for await (const page of store.list("", false, signal)) {
          files = page.length;
          break;
        }
        return { url: safeUrl(store.url("")), files };
      },
    ],
  ];
}
