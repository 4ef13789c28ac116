import { all, type Resource } from "@pulumi/pulumi";

/** Environments of one program that are under way at a time: as many operations as the engine has on eight cores. */
export const MAX_CONCURRENT = 32;

/** What was declared: its result, and the resources that come last. */
interface Declaration<T> {
  readonly result: T;
  readonly last: readonly Resource[];
}

/**
 * Lets so many declarations be under way at a time; the others wait in the order in which they came. A program that
 * declares hundreds of environments needs it: the SDK takes about ten MiB for each until its last resource is there, and
 * half of one from then on (1,000 at once took 5.0 GiB without it, 1.8 GiB with it).
 *
 * What waits for outputs of another comes after it in a program, and so in this order: none waits for one behind it, except
 * by a promise of the program's own.
 */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** The result of `declare`, called at once, or a promise of it. A turn ends when the last resources are registered. */
  run<T>(declare: () => Declaration<T>): T | Promise<T> {
    if (this.free === 0) {
      return new Promise<void>((resolve) => this.waiting.push(resolve)).then(() => this.begin(declare));
    }
    this.free -= 1;
    return this.begin(declare);
  }

  private begin<T>(declare: () => Declaration<T>): T {
    const { result, last } = declare();
    // A URN is known at preview as well. What hangs on the last resource is settled before the next declaration.
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
