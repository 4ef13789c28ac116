import type { Names } from "../components/names";

/** One way to an environment, and back. */
export interface Contender {
  readonly name: string;
  readonly names: Names;
  /** Everything until somebody can use the environment. */
  up(): Promise<void>;
  /** Everything that this way offers to remove it. */
  down(): Promise<void>;
}
