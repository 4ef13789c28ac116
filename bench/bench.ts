/** What one benchmark measured of one contender, a value a repetition. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** Contenders side by side. The first one is ours. */
export interface Table {
  readonly title: string;
  readonly unit: "s" | "MiB" | "ms" | "cores" | "environments";
  readonly series: readonly Series[];
}

/** Something of ours as a multiple of something else, and what it may be at most. */
export interface Target {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
}

export interface Measured {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** What each contender did, and what has to be known to read the figures. */
  readonly notes: readonly string[];
}

export interface Options {
  readonly repetitions: number;
  /** True for one short look while writing a benchmark: one repetition, seconds instead of minutes. */
  readonly quick: boolean;
  readonly progress: (line: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly run: (options: Options) => Promise<Measured>;
}
