import { PersistentVolumeClaimPatch } from "@pulumi/kubernetes/core/v1";
import { type CustomResourceOptions, mergeOptions } from "@pulumi/pulumi";

import { merge, nest } from "../../shared/json";
import { SIZE_KEY, valuesOf } from "../config/chart-keys";
import { usesEtcd } from "../config/defaults";
import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";
import { volumeClaims } from "../names";

/** The environment with a volume that grows in place: the chart gets the size that it has already, and changes nothing. */
export function withGrowingVolume(env: ResolvedEnvironment, templateSize: string): ResolvedEnvironment {
  const sizes = valuesOf(SIZE_KEY, usesEtcd(env)).map((path) => nest(path.split("."), templateSize));
  const chartValues = env.chartValues.apply((values) => sizes.reduce(merge, values));
  return { ...env, templateSize, chartValues };
}

/**
 * Asks for the configured size in the claims of the volumes, where the template of the claims has another. Storage that
 * expands volumes does that under the running pods.
 */
export function growVolume(name: string, env: ResolvedEnvironment, opts: CustomResourceOptions): void {
  const { names, persistence, templateSize } = env;
  if (templateSize === undefined) return;
  for (const claim of volumeClaims(names, env.controlPlane.replicas)) {
    new PersistentVolumeClaimPatch(
      claim === names.volumeClaim ? name : `${name}-${claim}`,
      {
        metadata: {
          name: claim,
          namespace: names.namespace,
          // The StatefulSet's controller has written the field. The provider would wait for the claim to be Pending, where its
          // class binds volumes to their first pod, and fail after five minutes: it has been bound for long.
          annotations: { ...OWN_OBJECT, "pulumi.com/skipAwait": "true" },
        },
        spec: { resources: { requests: { storage: persistence.size } } },
      },
      // A claim needs a size: nobody can take the field out of it.
      mergeOptions(opts, { retainOnDelete: true }),
    );
  }
}
