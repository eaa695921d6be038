/** A private certificate authority and a server certificate for 127.0.0.1, made with the openssl program. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TlsMaterial {
  key: string;
  cert: string;
  /** Path of the CA certificate, to be trusted by clients. */
  caPath: string;
  /** Removes the files. */
  dispose(): void;
}

/** Makes the certificates. Throws a plain Error when openssl is missing or fails. */
export function makeTls(): TlsMaterial {
  const folder = mkdtempSync(join(tmpdir(), "eo-sandbox-ca-"));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  };
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  try {
    const ca = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl(
      ...["req", "-x509", ...curve, "-days", "30", "-subj", "/CN=EO sandbox CA", ...ca],
      ...["-keyout", "ca.key", "-out", "ca.pem"],
    );
    openssl("req", ...curve, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr");
    writeFileSync(
      at("server.ext"),
      "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n",
    );
    openssl(
      ...["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", "30", "-extfile", "server.ext", "-out", "server.pem"],
    );
    return {
      key: readFileSync(at("server.key"), "utf8"),
      cert: readFileSync(at("server.pem"), "utf8"),
      caPath: at("ca.pem"),
      dispose: () => rmSync(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(
      missing
        ? "--tls needs the openssl program, which was not found. Install it, or run without --tls."
        : `openssl could not make a certificate: ${(error as Error).message.split("\n")[0]}`,
      { cause: error },
    );
  }
}
