/** nginx on loopback with TLS and files of random bytes. */
import { spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { require as requireTypeScript } from "tsx/cjs/api";
import { inRoot } from "../../paths.mjs";

const MIB = 1024 * 1024;

/**
 * @param {string} folder an empty one on a real disk
 * @param {Record<string, number>} files MiB by name
 */
export async function startServer(folder, files) {
  const { certificateFor } = requireTypeScript(inRoot("test", "real", "support", "authority.ts"), import.meta.url);
  const { freePort } = requireTypeScript(inRoot("test", "real", "support", "free-port.ts"), import.meta.url);
  const { key, cert, ca } = certificateFor(["localhost"], folder);
  const www = path.join(folder, "www");
  fs.mkdirSync(www);
  for (const [name, text] of Object.entries({ "server.key": key, "server.pem": cert, "ca.pem": ca })) {
    fs.writeFileSync(path.join(folder, name), text);
  }
  for (const [name, mib] of Object.entries(files)) writeRandom(path.join(www, name), mib);
  fs.writeFileSync(path.join(www, "nothing"), "");
  const port = await freePort();
  fs.writeFileSync(path.join(folder, "nginx.conf"), config(folder, port));
  const server = spawn("nginx", ["-c", path.join(folder, "nginx.conf"), "-p", folder], { stdio: "ignore" });
  for (let n = 0; !fs.existsSync(path.join(folder, "nginx.pid")); n++) {
    if (n > 100 || server.exitCode !== null) throw new Error("nginx did not start.");
    await sleep(50);
  }
  return {
    url: `https://localhost:${port}/`,
    ca: path.join(folder, "ca.pem"),
    async stop() {
      server.kill("SIGTERM");
      if (server.exitCode === null) await once(server, "exit");
    },
  };
}

/** @param {string} file @param {number} mib */
function writeRandom(file, mib) {
  const handle = fs.openSync(file, "w");
  const block = Buffer.alloc(MIB);
  for (let n = 0; n < mib; n++) fs.writeSync(handle, randomFillSync(block));
  fs.fsyncSync(handle);
  fs.closeSync(handle);
}

/** @param {string} folder @param {number} port */
function config(folder, port) {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  // Something added behind the file takes its length away: it is sent in chunks.
  return `${process.getuid?.() === 0 ? "user root;" : ""} daemon off; worker_processes 1;
pid ${folder}/nginx.pid; error_log ${folder}/error.log warn; events { worker_connections 512; }
http { default_type application/octet-stream; sendfile on; access_log off; ${temporary}
  ssl_certificate ${folder}/server.pem; ssl_certificate_key ${folder}/server.key;
  server { listen 127.0.0.1:${port} ssl;
    location / { root ${folder}/www; }
    location /20mbit/ { alias ${folder}/www/; limit_rate 2500k; }
    location /chunked/ { alias ${folder}/www/; add_after_body /nothing; addition_types *; } } }
`;
}
