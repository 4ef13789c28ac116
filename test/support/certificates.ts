import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A key and its certificate, both PEM. */
export interface Pair {
  readonly key: string;
  readonly certificate: string;
}

/** What a certificate is to say. */
interface Request {
  readonly commonName: string;
  /** Names for servers, `DNS:example.org`. */
  readonly names?: readonly string[];
  /** Days from now on; negative for one that has expired. Default: 2 */
  readonly days?: number;
}

/** A throw-away certificate authority. Its keys are made for the run and never kept. */
export class Authority {
  readonly certificate: string;

  constructor(private readonly name = "kubernetes") {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), "authority-"));
    process.once("exit", () => {
      fs.rmSync(this.directory, { recursive: true, force: true });
    });
    this.openssl("req", "-x509", ...newKey("ca.key"), "-subj", `/CN=${this.name}`, "-days", "2", "-out", "ca.crt");
    this.certificate = this.read("ca.crt");
  }
  private readonly directory: string;

  /** A key with a certificate of this authority. */
  issue({ commonName, names = [], days = 2 }: Request): Pair {
    const extensions = names.length > 0 ? `subjectAltName=${names.join(",")}` : "basicConstraints=CA:FALSE";
    fs.writeFileSync(path.join(this.directory, "extensions"), `${extensions}\n`);
    this.openssl("req", ...newKey("one.key"), "-subj", `/CN=${commonName}`, "-out", "one.csr");
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions"];
    this.openssl("x509", "-req", "-in", "one.csr", ...signed, "-days", String(days), "-out", "one.crt");
    return { key: this.read("one.key"), certificate: this.read("one.crt") };
  }

  private openssl(...args: string[]): void {
    execFileSync("openssl", args, { cwd: this.directory, stdio: "pipe" });
  }

  private read(file: string): string {
    return fs.readFileSync(path.join(this.directory, file), "utf8");
  }
}

function newKey(file: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file];
}
