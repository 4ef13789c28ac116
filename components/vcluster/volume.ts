import { PersistentVolumeClaimPatch } from "@pulumi/kubernetes/core/v1";
import { type CustomResourceOptions, mergeOptions } from "@pulumi/pulumi";

import { merge, nest } from "../../shared/json";
import { SIZE_KEY } from "../config/chart-keys";
import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";

/** The environment with a volume that grows in place: the chart gets the size that it has already, and changes nothing. */
export function withGrowingVolume(env: ResolvedEnvironment, templateSize: string): ResolvedEnvironment {
  const chartValues = env.chartValues.apply((values) => merge(values, nest(SIZE_KEY.value.split("."), templateSize)));
  return { ...env, templateSize, chartValues };
}

/**
 * Asks for the configured size in the claim of the control plane's volume, where the template of the claim has another.
 * Storage that expands volumes does that under the running pod.
 */
export function growVolume(name: string, env: ResolvedEnvironment, opts: CustomResourceOptions): void {
  const { names, persistence, templateSize } = env;
  if (templateSize === undefined) return;
  new PersistentVolumeClaimPatch(
    name,
    {
      // The StatefulSet's controller has written the field.
      metadata: { name: names.volumeClaim, namespace: names.namespace, annotations: OWN_OBJECT },
      spec: { resources: { requests: { storage: persistence.size } } },
    },
    // A claim needs a size: nobody can take the field out of it.
    mergeOptions(opts, { retainOnDelete: true }),
  );
}
