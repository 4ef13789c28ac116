/** One way to an environment, and back. */
export interface Contender {
  readonly name: string;
  /** Name of the environment; other names follow from it. */
  readonly environment: string;
  readonly namespace: string;
  readonly release: string;
  /** Everything until somebody can use the environment. */
  up(): Promise<void>;
  /** Everything that this way offers to remove it. */
  down(): Promise<void>;
}
