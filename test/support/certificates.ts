import { generate } from "selfsigned";

/** A key and its certificate, both PEM. */
export interface Pair {
  readonly key: string;
  readonly certificate: string;
}

/** What a certificate is to say. */
interface Request {
  readonly commonName: string;
  /** DNS names of a server. */
  readonly names?: readonly string[];
  /** IP addresses of a server. */
  readonly addresses?: readonly string[];
  /** Days from now on; negative for one that has expired. Default: 2 */
  readonly days?: number;
}

const DAY_MS = 86_400_000;

/** A throw-away certificate authority. Its keys are made for the run and never kept. */
export class Authority {
  private constructor(private readonly pair: Pair) {}

  static async create(name = "kubernetes"): Promise<Authority> {
    return new Authority(await make(name, 2, { extensions: [{ name: "basicConstraints", cA: true, critical: true }] }));
  }

  get certificate(): string {
    return this.pair.certificate;
  }

  get key(): string {
    return this.pair.key;
  }

  /** A key with a certificate of this authority. */
  issue({ commonName, names = [], addresses = [], days = 2 }: Request): Promise<Pair> {
    const altNames = [
      ...names.map((value) => ({ type: 2 as const, value })),
      ...addresses.map((ip) => ({ type: 7 as const, ip })),
    ];
    return make(commonName, days, {
      extensions:
        altNames.length > 0 ? [{ name: "subjectAltName", altNames }] : [{ name: "basicConstraints", cA: false }],
      ca: { key: this.pair.key, cert: this.certificate },
    });
  }
}

async function make(commonName: string, days: number, options: Parameters<typeof generate>[1]): Promise<Pair> {
  const end = Date.now() + days * DAY_MS;
  const made = await generate([{ name: "commonName", value: commonName }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Math.min(Date.now(), end) - DAY_MS),
    notAfterDate: new Date(end),
    ...options,
  });
  return { key: made.private, certificate: made.cert };
}
