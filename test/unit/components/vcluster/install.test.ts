import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import type { EnvironmentArgs } from "../../../../components";
import { resolve } from "../../../../components/resolve";
import { installVirtualCluster, withoutSecrets } from "../../../../components/vcluster/install";
import type { JsonObject } from "../../../../shared/json";
import { record, type Registration, value } from "../../../support/mocks";

/** Chart values as an environment makes them. */
const tree = (values: object): pulumi.Output<JsonObject> => pulumi.output(values as pulumi.Input<JsonObject>) as never;

async function delivered(args: Partial<EnvironmentArgs>, values: object = { logging: {} }, preview = false) {
  const env = { ...resolve("dev", { domain: "example.org", ...args }), chartValues: tree(values) };
  const made = await record(() => installVirtualCluster("dev-vcluster", env, {}), {
    outputs: () => ({ status: { namespace: env.names.namespace, revision: 3 } }),
    preview,
  });
  const [registration, ...more] = made.registrations;
  assert.ok(registration !== undefined && more.length === 0);
  return { ...made.result, registration };
}

interface Application {
  metadata: { annotations: Record<string, string> };
  spec: { source: { name: string; repoURL: string; chart: string; targetRevision: string } };
}
const application = ({ inputs }: Registration) => inputs as unknown as Application;

describe("installVirtualCluster", () => {
  it("creates a Helm release by default", async () => {
    const { registration, namespace, revision } = await delivered({});
    assert.equal(registration.type, "kubernetes:helm.sh/v3:Release");
    assert.equal(await value(namespace), "dev-vcluster");
    assert.equal(await value(revision), 3);
  });

  it("creates exactly this Application with Argo CD", async () => {
    const { registration, namespace, revision } = await delivered({ delivery: "argocd" });
    const name = String(await value(revision));
    assert.match(name, /^[0-9a-f]{12}$/);
    assert.equal(registration.type, "kubernetes:argoproj.io/v1alpha1:Application");
    assert.deepEqual(registration.inputs, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: {
        name: "vcluster-dev-helm",
        namespace: "argocd",
        annotations: {
          "argocd.argoproj.io/sync-wave": "10",
          "pulumi.com/deletionPropagationPolicy": "background",
          "pulumi.com/patchForce": "true",
          "pulumi.com/waitFor": JSON.stringify([
            `jsonpath={.status.sync.comparedTo.source.name}=${name}`,
            "jsonpath={.status.sync.status}=Synced",
            "jsonpath={.status.health.status}=Healthy",
          ]),
        },
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
      spec: {
        project: "default",
        destination: { server: "https://kubernetes.default.svc", namespace: "dev-vcluster" },
        source: {
          name,
          repoURL: "https://charts.loft.sh",
          chart: "vcluster",
          targetRevision: "0.26.0",
          helm: { releaseName: "vcluster-dev-helm", valuesObject: { logging: {} } },
        },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          retry: { limit: 5, backoff: { duration: "5s", factor: 2, maxDuration: "1m" } },
        },
      },
    });
    assert.equal(await value(namespace), "dev-vcluster");
  });

  it("uses the configured namespace and project", async () => {
    const argocd = { namespace: "gitops", deliveryProject: "platform" };
    const { inputs } = (await delivered({ delivery: "argocd", argocd })).registration;
    assert.equal((inputs["metadata"] as { namespace: string }).namespace, "gitops");
    assert.equal((inputs["spec"] as { project: string }).project, "platform");
  });

  it("writes OCI registries in Argo CD's syntax", async () => {
    const chart = { repository: "oci://registry.example.com/charts/", version: "0.27.0" };
    const { registration } = await delivered({ delivery: "argocd", chart });
    const { repoURL, chart: name, targetRevision } = application(registration).spec.source;
    assert.deepEqual([repoURL, name, targetRevision], ["registry.example.com/charts", "vcluster", "0.27.0"]);
  });

  it("changes the revision with values or chart, and only then", async () => {
    const revision = async (args: Partial<EnvironmentArgs> = {}, values?: object) =>
      value((await delivered({ delivery: "argocd", ...args }, values)).revision);
    const first = await revision();
    assert.equal(await revision(), first);
    assert.notEqual(await revision({}, { logging: { encoding: "json" } }), first);
    assert.notEqual(await revision({ chart: { version: "0.27.0" } }), first);
  });

  it("is known at preview, except for its namespace", async () => {
    const { registration, namespace } = await delivered({ delivery: "argocd" }, undefined, true);
    const update = await delivered({ delivery: "argocd" });
    assert.deepEqual(registration.inputs, update.registration.inputs);
    const isKnown = (output: object) => (output as { isKnown: Promise<boolean> }).isKnown;
    assert.deepEqual([await isKnown(namespace), await isKnown(update.namespace)], [false, true]);
  });

  it("rejects secret values for Argo CD, at any depth", async () => {
    for (const values of [pulumi.secret({ logging: {} }), { logging: { encoding: pulumi.secret("hidden") } }]) {
      const refused = withoutSecrets("dev", tree(values)) as unknown as { promise(): Promise<unknown> };
      await assert.rejects(refused.promise(), (error: Error) => {
        assert.match(error.message, /^ {2}- values: .* \[secret-in-application\]$/m);
        return !error.message.includes("hidden");
      });
    }
  });
});
