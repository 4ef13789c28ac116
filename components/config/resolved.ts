import type { Output } from "@pulumi/pulumi";

import type { JsonObject } from "../../shared/json";
import type { Settings } from "./defaults";

/** Marks a {@link ResolvedEnvironment}. */
export const RESOLVED = Symbol("resolved");

/** An environment whose arguments are checked and complete. Only `resolve` makes one. */
export interface ResolvedEnvironment extends Settings {
  /**
   * Size in the template of the volume, where the volume itself has grown or is to grow: a StatefulSet cannot change its
   * template. Only the preflight knows it. @default - the volume is as large as the template says
   */
  readonly templateSize?: string;
  /** Everything that the chart gets; secret where `values` are. */
  readonly chartValues: Output<JsonObject>;
  /** The environment's identity, where the caller has checked that its namespace is nobody else's. */
  readonly identity?: Output<string>;
  /**
   * The output `kubeconfig` of the last update, in a preview that may not read the certificates on the host. Secret.
   * @default - the certificates are read on the host
   */
  readonly lastKubeconfig?: Output<string | undefined>;
  readonly [RESOLVED]: true;
}
