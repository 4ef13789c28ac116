import type { KubernetesObject } from "@kubernetes/client-node";

import type { Site } from "./site";

/** A small program that people run: what they create, and what they look at. */
export interface Program {
  /** Namespace of the program, and its row's key. */
  readonly name: string;
  readonly title: string;
  /** Created by POST, in the order given; those without a namespace in the program's own. @default - nothing */
  readonly objects?: (site: Site) => readonly KubernetesObject[];
  /** Fails unless a user would be satisfied. */
  readonly check?: (site: Site) => Promise<unknown>;
  /** Key of the configuration without which a user would not get it. @default - none */
  readonly key?: string;
  /** Why the local host cannot have it. @default - it can */
  readonly missing?: string;
}
