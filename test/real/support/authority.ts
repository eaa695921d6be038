/** A private certificate authority and a certificate for given host names, made with openssl. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface Certificate {
  key: string;
  cert: string;
  /** The authority's certificate. */
  ca: string;
}

export function certificateFor(hosts: readonly string[], folder: string): Certificate {
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  };
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const ca = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  openssl("req", "-x509", ...curve, "-days", "2", "-subj", "/CN=test CA", ...ca, "-keyout", "a.key", "-out", "a.pem");
  openssl("req", ...curve, "-subj", "/CN=test", "-keyout", "s.key", "-out", "s.csr");
  const names = hosts.map((host) => `DNS:${host}`).join(",");
  writeFileSync(
    path.join(folder, "s.ext"),
    `subjectAltName=${names}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n`,
  );
  const signer = ["-CA", "a.pem", "-CAkey", "a.key", "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", "s.csr", ...signer, "-extfile", "s.ext", "-out", "s.pem");
  const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
  return { key: read("s.key"), cert: read("s.pem"), ca: read("a.pem") };
}
