import { createHash } from "node:crypto";

import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import { type CustomResourceOptions, isSecret, mergeOptions, output, type Output, type Resource } from "@pulumi/pulumi";

import { type Problem, throwIfAny } from "../../shared/errors";
import type { JsonObject } from "../../shared/json";
import type { EnvironmentArgs } from "../config/args";
import { VOLUME_KEYS } from "../config/chart-keys";
import type { Settings } from "../config/defaults";
import { BACKGROUND_DELETION } from "../kubernetes/annotations";
import { type Names } from "../names";
import { applicationSource, chart } from "./chart-source";

/** The virtual cluster on the host, its control plane ready, whatever brought it there. */
export interface InstalledVirtualCluster {
  /** What everything inside the virtual cluster depends on, and is deleted with. */
  readonly resource: Resource;
  /** Its namespace, known only once it is there: what is read by this is not read before. */
  readonly namespace: Output<string>;
  /** Another value after every change of it. */
  readonly revision: Output<unknown>;
}

type Install = (
  name: string,
  names: Names,
  s: Settings,
  values: Output<JsonObject>,
  opts: CustomResourceOptions,
) => InstalledVirtualCluster;

/** One way of bringing the virtual cluster to the host for each value of `delivery`. */
export const installers: Readonly<Record<string, Install>> = { helm, argocd } satisfies Record<
  NonNullable<EnvironmentArgs["delivery"]>,
  Install
>;

/** Brings the chart with finished `values` to the host, and waits until its objects are there and its pod is ready. */
export function installVirtualCluster(...[name, names, s, values, opts]: Parameters<Install>): InstalledVirtualCluster {
  return (installers[s.delivery] ?? helm)(name, names, s, values, opts);
}

/** An Application is readable for everybody who may look at Argo CD. */
export const SECRET_VALUES: Problem = {
  path: "values",
  code: "secret-in-application",
  problem: "secret values would be readable in the Application with which Argo CD installs the chart",
  allowed: "plain values with delivery: argocd",
  fix: "put the secret into a Secret on the host and reference it in the values, or set delivery to helm",
};

function helm(...[name, names, s, values, opts]: Parameters<Install>): InstalledVirtualCluster {
  const release = new Release(
    name,
    {
      ...chart(s.chart),
      name: names.release,
      namespace: names.namespace,
      values,
      timeout: s.controlPlane.startTimeoutSeconds,
      // Helm waits for the pod. When that fails, the release stays as it is: its pod says why, and the next `up`
      // upgrades it. An atomic release would delete both the evidence and the volume.
      skipAwait: false,
      atomic: false,
      maxHistory: 5,
    },
    mergeOptions(opts, renewedVolume("values")),
  );
  const { status } = release;
  return { resource: release, namespace: status.namespace, revision: status.revision };
}

/**
 * By an Application, for the host's own Argo CD. Other Applications may come before and after it by its sync wave.
 *
 * Its status tells nothing of the specification that it belongs to, so the source has a name that changes with the
 * specification, and the wait is for a comparison with the source of that name.
 */
function argocd(...[name, names, s, values, opts]: Parameters<Install>): InstalledVirtualCluster {
  const plain = withoutSecrets(s.environment, values);
  const source = { ...applicationSource(s.chart), helm: { releaseName: names.release, valuesObject: plain } };
  const revision = plain.apply((valuesObject) => fingerprint({ ...source, valuesObject }));
  const wait = revision.apply((of) =>
    JSON.stringify([
      `jsonpath={.status.sync.comparedTo.source.name}=${of}`,
      "jsonpath={.status.sync.status}=Synced",
      "jsonpath={.status.health.status}=Healthy",
    ]),
  );
  const limit = `${s.controlPlane.startTimeoutSeconds}s`;
  const application = new CustomResource(
    name,
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: {
        name: names.release,
        namespace: s.argocd.namespace,
        annotations: { "argocd.argoproj.io/sync-wave": "10", "pulumi.com/waitFor": wait, ...BACKGROUND_DELETION },
        // Deleted only when everything that it made is.
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
      spec: {
        project: s.argocd.deliveryProject,
        destination: { server: "https://kubernetes.default.svc", namespace: names.namespace },
        source: { name: revision, ...source },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          retry: { limit: 5, backoff: { duration: "5s", factor: 2, maxDuration: "1m" } },
        },
      },
    },
    mergeOptions(opts, {
      ...renewedVolume("spec.source.helm.valuesObject"),
      customTimeouts: { create: limit, update: limit, delete: limit },
    }),
  );
  return { resource: application, namespace: application.id.apply(() => names.namespace), revision };
}

/**
 * A StatefulSet cannot change the claim of its volume: a preview says that it is replaced. The program refuses it before
 * that (preflight.ts) unless persistence.allowDataLoss is set.
 */
function renewedVolume(values: string): CustomResourceOptions {
  return { replaceOnChanges: VOLUME_KEYS.map(({ value }) => `${values}.${value}`), deleteBeforeReplace: true };
}

/** The values, or a failure where anything in them is secret. Exported for its tests. */
export function withoutSecrets(environment: string, values: Output<JsonObject>): Output<JsonObject> {
  const hidden = output(isSecret(values));
  return values.apply((tree) =>
    hidden.apply((secret) => {
      throwIfAny(environment, secret ? [SECRET_VALUES] : []);
      return tree;
    }),
  );
}

function fingerprint(value: object): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}
