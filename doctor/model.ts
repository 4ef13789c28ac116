import type { Snapshot } from "./snapshot";

/** Parts of an environment, in the order in which a report has them. */
export const SECTIONS = {
  host: "host",
  namespaces: "namespaces",
  "control-plane": "control plane",
  "from-host": "sync from host",
  "to-host": "sync to host",
  ingress: "ingress and DNS",
  tls: "TLS",
  argocd: "Argo CD",
  isolation: "isolation",
  capacity: "capacity",
  credentials: "credentials",
  versions: "versions",
  before: "before the first up",
} as const;

export type Section = keyof typeof SECTIONS;

/**
 * `blocked`: the doctor could not look. `error`: something does not work. `warning`: something will not work soon, or is not
 * as declared.
 */
export type Severity = "blocked" | "error" | "warning";

/** A check: one cause, how it is found and which command removes it. */
export interface Row {
  /** Identifies the cause. Scripts, alerts and documentation refer to it: never renamed or reused. */
  readonly code: string;
  readonly section: Section;
  readonly severity: Severity;
  /** What holds where nothing is found, for the line with the tick. */
  readonly healthy: string;
  /** What is wrong, and what follows from it. */
  readonly cause: string;
  /** Command for an environment of a stack, with names in braces: {@link Names}, `stack`, and what a {@link Sighting} has. */
  readonly fix: string;
  /** The same for an environment that this project did not make. @default - {@link fix} */
  readonly fixElsewhere?: string;
  /** Page that says more. @default - only the row in docs/doctor.md */
  readonly page?: string;
  /** What it needs of the snapshot. It is skipped where any of that could not be read. */
  readonly needs: readonly Need[];
  /** Codes and sections of causes that this follows from: where one of them is found, this is no finding of its own. */
  readonly follows?: readonly string[];
  /** True for a cause that stops updates and breaks nothing that runs: rows that follow its section do not follow from it. */
  readonly alone?: true;
  /** Where it applies. @default - everywhere */
  readonly applies?: (snapshot: Snapshot) => boolean;
  /** Everything that is wrong; nothing where all is well. */
  readonly find: (snapshot: Snapshot) => Sighting[];
}

/** A part of the snapshot by its name. */
export type Need = keyof Snapshot["read"];

/** One object that a row has found something wrong with. */
export interface Sighting {
  /** The object, such as `Pod dev-vcluster/vcluster-dev-helm-0`. */
  readonly what: string;
  /** What was seen, in the words of Kubernetes where it has any. */
  readonly seen: string;
  /** Values for the braces in the row's command. */
  readonly names?: Readonly<Record<string, string>>;
  /** Command in place of the row's. */
  readonly fix?: string;
}

/** A sighting with its row, as it is reported. */
export interface Finding {
  readonly code: string;
  readonly section: Section;
  readonly severity: Severity;
  readonly what: string;
  readonly seen: string;
  readonly cause: string;
  readonly fix: string;
  readonly page: string;
  /** Code of the cause that it follows from. */
  readonly because?: string;
}

/** What became of one row. */
export interface Outcome {
  readonly row: Row;
  readonly state: "healthy" | "found" | "follows" | "skipped";
  readonly findings: readonly Finding[];
  /** Why it was skipped. */
  readonly reason?: string;
}

export interface Report {
  readonly namespace: string;
  readonly release: string;
  readonly stack: string | undefined;
  /** RFC 3339. */
  readonly at: string;
  readonly milliseconds: number;
  readonly outcomes: readonly Outcome[];
}
