import { all, type Resource } from "@pulumi/pulumi";

/** Environments that register resources at the same time: as many as the engine has operations on eight cores. */
export const MAX_CONCURRENT = 32;

/** What was declared: its result, and the resources that come last. */
interface Declaration<T> {
  readonly result: T;
  readonly last: readonly Resource[];
}

/**
 * Limits how many environments register resources at once; the others wait in order. A program that declares hundreds of
 * environments needs it: the SDK takes about ten MiB for each until its last resource is registered, and half of one from
 * then on (1,000 at once took 5.0 GiB without it, 1.8 GiB with it).
 *
 * An environment that waits for outputs of another comes after it in the program, and so in this order, unless the program
 * uses a promise of its own.
 */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** The result of `declare`, called at once, or a promise of it. It counts until its last resources are registered. */
  run<T>(declare: () => Declaration<T>): T | Promise<T> {
    if (this.free === 0) {
      return new Promise<void>((resolve) => this.waiting.push(resolve)).then(() => this.begin(declare));
    }
    this.free -= 1;
    return this.begin(declare);
  }

  private begin<T>(declare: () => Declaration<T>): T {
    const { result, last } = declare();
    // A URN is known at preview as well. What depends on the last resource is settled before the next declaration.
    all(last.map(({ urn }) => urn)).apply(() => {
      setImmediate(() => {
        this.end();
      });
    });
    return result;
  }

  private end(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free += 1;
    else next();
  }
}
