/** One upload in a process of its own, so that it can be killed and its memory looked at: `put-child.ts <JSON>`. */
import { Account } from "../../../src/accounts/account.js";
import { openStore } from "../../../src/storage/storage.js";
import { upload } from "../../../src/storage/upload.js";

interface Order {
  endpoint: string;
  bucket: string;
  keys: { accessKeyId: string; secretAccessKey: string };
  filename: string;
  path: string;
  memoryFolder: string;
}

async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? "") as Order;
  const { endpoint, bucket, keys, filename, path, memoryFolder } = order;
  const account = Account.open({ provider: "s3", endpoint, bucket }, keys);
  const { signal } = new AbortController();
  const store = await openStore(account, "s3", signal);
  // The SDK is loaded before the memory is looked at.
  await store.head("warm-up", signal);
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  const started = performance.now();
  const options = { filename, path, ifExists: "overwrite" as const, retries: 3, stallMs: 60_000, memoryFolder };
  const done = await upload(store, options, {
    signal,
    onState: () => undefined,
    onNote: () => undefined,
    onBytes: (bytes) => process.stdout.write(`${bytes}\n`),
  });
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ ...done, seconds, growth: most - before })}\n`);
  await account.close();
}

void main();
