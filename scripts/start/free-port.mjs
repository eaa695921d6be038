/** The first port on 127.0.0.1, from a wanted one upwards, on which nobody listens. */
import events from "node:events";
import net from "node:net";
import { PlainError } from "../plain-error.mjs";

/** @param {number} wanted */
export async function freePort(wanted) {
  for (let port = wanted; port < 65536; port++) if (await isFree(port)) return port;
  throw new PlainError(`No port from ${wanted} upwards is free.`);
}

/** @param {number} port */
async function isFree(port) {
  const server = net.createServer();
  try {
    server.listen(port, "127.0.0.1");
    await events.once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
