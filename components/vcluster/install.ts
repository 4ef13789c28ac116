import { createHash } from "node:crypto";

import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Release } from "@pulumi/kubernetes/helm/v3/release";
import { type CustomResourceOptions, isSecret, mergeOptions, output, type Output, type Resource } from "@pulumi/pulumi";

import { type Problem, throwIfAny } from "../../shared/errors";
import type { JsonObject } from "../../shared/json";
import { HOST_IN_CLUSTER } from "../argocd/conflicts";
import type { EnvironmentArgs } from "../config/args";
import { REPLICAS_KEY, valuesOf, VOLUME_KEYS } from "../config/chart-keys";
import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";
import { applicationSource, chart } from "./chart-source";

/** The virtual cluster on the host, its control plane ready, however it was installed. */
export interface InstalledVirtualCluster {
  /** What everything inside the virtual cluster depends on, and is deleted with. */
  readonly resource: Resource;
  /** Its namespace, unknown until it is installed: what is read in it is not read before. */
  readonly namespace: Output<string>;
  /** Changes with every update of it. */
  readonly revision: Output<unknown>;
}

type Install = (name: string, env: ResolvedEnvironment, opts: CustomResourceOptions) => InstalledVirtualCluster;

/** How the chart is installed, for each value of `delivery`. */
export const installers: Readonly<Record<NonNullable<EnvironmentArgs["delivery"]>, Install>> = { helm, argocd };

/** Installs the chart on the host, and waits until its objects are there and its pod is ready. */
export const installVirtualCluster: Install = (name, env, opts) => installers[env.delivery](name, env, opts);

/** Everyone with read access to Argo CD can read an Application. */
export const SECRET_VALUES: Problem = {
  path: "values",
  code: "secret-in-application",
  problem: "secret values would be readable in the Application with which Argo CD installs the chart",
  allowed: "plain values with delivery: argocd",
  fix: "put the secret into a Secret on the host and reference it in the values, or set delivery to helm",
};

function helm(name: string, env: ResolvedEnvironment, opts: CustomResourceOptions): InstalledVirtualCluster {
  const release = new Release(
    name,
    {
      ...chart(env.chart),
      name: env.names.release,
      namespace: env.names.namespace,
      values: env.chartValues,
      timeout: env.controlPlane.startTimeoutSeconds,
      // Helm waits for the pod. When that fails, the release stays as it is: its pod says why, and the next `up`
      // upgrades it. An atomic release would delete both the evidence and the volume.
      skipAwait: false,
      atomic: false,
      maxHistory: 5,
    },
    mergeOptions(opts, replacedWithVolume("values")),
  );
  const { status } = release;
  return { resource: release, namespace: status.namespace, revision: status.revision };
}

/**
 * Through an Application of the host's Argo CD. Its sync wave orders it among the user's other Applications.
 *
 * Its status does not tell which specification it belongs to, so the source has a name that changes with the
 * specification, and the wait is for a comparison with the source of that name.
 */
function argocd(name: string, env: ResolvedEnvironment, opts: CustomResourceOptions): InstalledVirtualCluster {
  const { release, namespace } = env.names;
  const values = withoutSecrets(env.environment, env.chartValues);
  const source = { ...applicationSource(env.chart), helm: { releaseName: release, valuesObject: values } };
  const revision = values.apply((valuesObject) => fingerprint({ ...source, valuesObject }));
  const waitFor = revision.apply((sourceName) =>
    JSON.stringify([
      `jsonpath={.status.sync.comparedTo.source.name}=${sourceName}`,
      "jsonpath={.status.sync.status}=Synced",
      "jsonpath={.status.health.status}=Healthy",
    ]),
  );
  const limit = `${env.controlPlane.startTimeoutSeconds}s`;
  const application = new CustomResource(
    name,
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: {
        name: release,
        namespace: env.argocd.namespace,
        annotations: { "argocd.argoproj.io/sync-wave": "10", "pulumi.com/waitFor": waitFor, ...OWN_OBJECT },
        // Deleted only after everything that it deployed.
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
      spec: {
        project: env.argocd.deliveryProject,
        destination: { server: HOST_IN_CLUSTER, namespace },
        source: { name: revision, ...source },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          retry: { limit: 5, backoff: { duration: "5s", factor: 2, maxDuration: "1m" } },
        },
      },
    },
    mergeOptions(opts, {
      ...replacedWithVolume("spec.source.helm.valuesObject"),
      customTimeouts: { create: limit, update: limit, delete: limit },
    }),
  );
  return { resource: application, namespace: application.id.apply(() => namespace), revision };
}

/**
 * A StatefulSet cannot change the claim of its volume, and members cannot join an etcd that has its number: a preview says
 * that it is replaced. The program refuses it before that (preflight.ts) unless persistence.allowDataLoss is set.
 */
function replacedWithVolume(values: string): CustomResourceOptions {
  const paths = [...VOLUME_KEYS, REPLICAS_KEY].flatMap((row) => valuesOf(row));
  return { replaceOnChanges: paths.map((path) => `${values}.${path}`), deleteBeforeReplace: true };
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
