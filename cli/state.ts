import { askPulumi } from "./pulumi";
import type { StackAccess } from "./target";

/** The part of an exported stack that is read. */
export interface State {
  deployment?: {
    resources?: Resource[];
    /** What a run was doing when it was killed. */
    pending_operations?: { resource: Resource }[];
  };
}
export interface Resource {
  type: string;
  urn?: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  /** Read from the host, not created. */
  external?: boolean;
  retainOnDelete?: boolean;
}

/** The stack's state, secrets encrypted. */
export async function readState({ stack }: StackAccess): Promise<State> {
  return JSON.parse(await askPulumi("stack", "export", "--stack", stack)) as State;
}
