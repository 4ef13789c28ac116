import * as assert from "node:assert/strict";

import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import { ConfigurationError, Environment, type EnvironmentArgs, resolve } from "../../../components";
import { argocdReads } from "../../../components/jobs/api-readiness";
import type { GuardedRelease } from "../../../components/jobs/guard";
import type { OwnedObjects } from "../../../components/jobs/owned-objects";
import { OWN_OBJECT } from "../../../components/kubernetes/annotations";
import { outputs } from "../../support/control-plane";
import { unpacked } from "../../support/jobs";
import { belowEnvironment, WITHOUT_GROUPS } from "../../support/layout-without-groups";
import { record, type Registration, value } from "../../support/mocks";
import { base64, fromBase64 } from "../../../shared/base64";

function environment(args: Partial<EnvironmentArgs> = {}, options: { name?: string; preview?: boolean } = {}) {
  const { name = "dev", preview = false } = options;
  return record(() => new Environment(name, { domain: "example.org", ...args }), { outputs, preview });
}

/** More environments than are under way at a time. */
function many(count: number): Environment[] {
  return Array.from({ length: count }, (_, i) => new Environment(`e${i}`, { domain: "example.org" }));
}

function find(registrations: readonly Registration[], type: string, name: string): Registration {
  const found = registrations.find((registration) => registration.type === type && registration.name === name);
  assert.ok(found, `${type} ${name} is not among ${registrations.map((r) => r.name).join(", ")}`);
  return found;
}

const APPLICATION = "kubernetes:argoproj.io/v1alpha1:Application";
const NAMESPACE = "kubernetes:core/v1:Namespace";
const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
const BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const SECRET = "kubernetes:core/v1:Secret";
const COMMAND = "command:local:Command";
const RANDOM = "random:index/randomString:RandomString";
const PROJECT = "kubernetes:argoproj.io/v1alpha1:AppProject";

/** What both readiness checks start from. */
const WAY = {
  host: "dev-vcluster.example.org",
  port: 443,
  caCertificate: base64("the authority"),
  timeoutSeconds: 300,
  route: 'dev-vcluster/dev-vcluster-ingress of class "nginx"',
  pod: "-n dev-vcluster vcluster-dev-helm-0",
};
/** What the stand-in for the engine lets the token's command print. */
const TOKEN = "output of create";
/** See isolation.test.ts. */
const BOUNDS = [
  ["kubernetes:scheduling.k8s.io/v1:PriorityClass", "dev-priority"],
  ["kubernetes:scheduling.k8s.io/v1:PriorityClass", "dev-workload-priority"],
  ["kubernetes:core/v1:ResourceQuota", "dev-workload-quota"],
  ["kubernetes:core/v1:ResourceQuota", "dev-object-quota"],
  ["kubernetes:core/v1:LimitRange", "dev-limits"],
  ["kubernetes:discovery.k8s.io/v1:EndpointSlice", "dev-host-api"],
  ["kubernetes:networking.k8s.io/v1:NetworkPolicy", "dev-all-pods"],
  ["kubernetes:networking.k8s.io/v1:NetworkPolicy", "dev-workloads"],
  ["kubernetes:networking.k8s.io/v1:NetworkPolicy", "dev-acme-solvers"],
  ["kubernetes:networking.k8s.io/v1:NetworkPolicy", "dev-control-plane"],
  // See synced-objects.test.ts.
  ["kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy", "dev-synced-objects"],
  ["kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", "dev-synced-objects-binding"],
  ["kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy", "dev-ingress-hosts"],
  ["kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", "dev-ingress-hosts-binding"],
] as const;

const AT_ONCE = { "pulumi.com/deletionPropagationPolicy": "background", "pulumi.com/patchForce": "true" };

/** What every environment's namespace carries: by it the stacks of a host see each other. */
const MARK = {
  labels: { "pod-security.kubernetes.io/enforce": "baseline", "vcluster-environments/environment": "dev" },
  annotations: {
    "pulumi.com/deletionPropagationPolicy": "background",
    "vcluster-environments/stack": "organization/vcluster-environments/dev",
    "vcluster-environments/identity": "1a2b3c4d",
  },
};
/** Of objects outside of the namespace, by which Kubernetes deletes them after it. */
const OWNED = {
  ownerReferences: [{ apiVersion: "v1", kind: "Namespace", name: "dev-vcluster", uid: "the-uid" }],
};

describe("Environment", () => {
  let registrations: Registration[];
  let made: Environment;
  before(async () => {
    ({ registrations, result: made } = await environment());
  });

  it("registers exactly these resources, in groups", () => {
    const sources = ["backstage", "nextjs", "shared", "shared-config"];
    const expected = [
      ["vcluster-environments:index:Environment", "dev"],
      ["vcluster-environments:index:Isolation", "dev"],
      ["vcluster-environments:index:ControlPlane", "dev"],
      ["vcluster-environments:index:ArgoCD", "dev"],
      [RANDOM, "dev-identity"],
      [NAMESPACE, "dev-namespace"],
      ...sources.flatMap((source) => [
        [NAMESPACE, `dev-source-${source}`],
        [ROLE, `dev-syncer-${source}`],
        [BINDING, `dev-syncer-${source}`],
      ]),
      ...BOUNDS,
      [RELEASE, "dev-vcluster"],
      [SECRET, "dev-certificates"],
      [INGRESS, "dev-ingress"],
      [COMMAND, "dev-readiness"],
      [RANDOM, "dev-argocd-generation"],
      [COMMAND, "dev-argocd-token"],
      [PROJECT, "dev-argocd-project"],
      [COMMAND, "dev-argocd-readiness"],
      [SECRET, "dev-argocd-cluster"],
      [COMMAND, "dev-argocd-switch"],
      [COMMAND, "dev-guard-namespace"],
      [COMMAND, "dev-guard-vcluster"],
      [COMMAND, "dev-argocd-guard"],
      [COMMAND, "dev-applications-guard"],
      [COMMAND, "dev-applications"],
    ];
    const order = (rows: (readonly string[])[]) => rows.map((row) => row.join(" ")).sort();
    assert.deepEqual(order(registrations.map(({ type, name }) => [type, name])), order(expected));
    const parts: Record<string, readonly string[]> = {
      Isolation: BOUNDS.map(([, name]) => name).filter((name) => name !== "dev-host-api"),
      ControlPlane: ["dev-vcluster", "dev-ingress", "dev-readiness", "dev-guard-namespace", "dev-guard-vcluster"],
    };
    const partOf = (name: string) =>
      Object.keys(parts).find((part) => parts[part]?.includes(name)) ??
      (/^dev-(argocd-|applications)/.test(name) ? "ArgoCD" : "Environment");
    for (const { type, name, parent, parentType } of registrations) {
      if (type === "vcluster-environments:index:Environment") continue;
      const part = type.startsWith("vcluster-") ? "Environment" : partOf(name);
      // The engine derives the aliases of children from their parent's where the names begin with its name.
      assert.deepEqual([parentType, parent], [`vcluster-environments:index:${part}`, "dev"], `${type} ${name}`);
    }
  });

  it("aliases grouped resources to direct children of the environment", async () => {
    const applications = { web: { repository: "https://git.example.com/web.git" } };
    const more = await environment({ applications, ingress: { controller: "traefik" } });
    const moved = [...registrations, ...more.registrations].filter(
      ({ parentType = "" }) => parentType !== "" && !parentType.endsWith(":Environment"),
    );
    assert.ok(moved.length >= 40, `${moved.length} resources`);
    for (const { type, name, aliasUrns } of moved) {
      assert.ok(aliasUrns.includes(belowEnvironment(`${type}::${name}`)), name);
    }
  });

  it("keeps every resource of an environment without groups", () => {
    const found = registrations.flatMap(({ type, name, parentType, aliasUrns }) =>
      parentType?.endsWith(":Environment") ? [belowEnvironment(`${type}::${name}`)] : aliasUrns,
    );
    assert.deepEqual(
      WITHOUT_GROUPS.filter((urn) => !found.includes(urn)),
      [],
    );
  });

  it("creates its own namespace, and deletes it", () => {
    const { inputs, retainOnDelete } = find(registrations, NAMESPACE, "dev-namespace");
    assert.deepEqual(inputs, { apiVersion: "v1", kind: "Namespace", metadata: { name: "dev-vcluster", ...MARK } });
    assert.equal(retainOnDelete, false);
  });

  it("retains source namespaces, and adds nothing to them but a label", () => {
    for (const source of ["backstage", "nextjs", "shared", "shared-config"]) {
      const { inputs, retainOnDelete } = find(registrations, NAMESPACE, `dev-source-${source}`);
      const labels = { "vcluster-environments/shared-namespace": "true" };
      assert.deepEqual(inputs, { apiVersion: "v1", kind: "Namespace", metadata: { name: source, labels } });
      assert.equal(retainOnDelete, true);
    }
  });

  it("grants the syncer read access to mapped kinds in source namespaces, until it is destroyed", () => {
    const kinds = { backstage: "secrets", nextjs: "secrets", shared: "secrets", "shared-config": "configmaps" };
    for (const [source, kind] of Object.entries(kinds)) {
      const role = find(registrations, ROLE, `dev-syncer-${source}`);
      const binding = find(registrations, BINDING, `dev-syncer-${source}`);
      const metadata = { name: "vcluster-dev-helm", namespace: source, annotations: AT_ONCE, ...OWNED };
      assert.deepEqual(role.inputs, {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata,
        rules: [{ apiGroups: [""], resources: [kind], verbs: ["get", "list", "watch"] }],
      });
      assert.deepEqual(binding.inputs, {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "vcluster-dev-helm" },
        subjects: [{ kind: "ServiceAccount", name: "vc-vcluster-dev-helm", namespace: "dev-vcluster" }],
      });
      assert.equal(role.retainOnDelete || binding.retainOnDelete, false);
      assert.deepEqual(role.dependsOn, ["dev-guard-namespace", "dev-namespace", `dev-source-${source}`]);
    }
  });

  it("installs the chart with a fixed release name and waits for the pod", () => {
    const { inputs } = find(registrations, RELEASE, "dev-vcluster");
    const { values, ...rest } = inputs;
    assert.deepEqual(rest, {
      atomic: false,
      chart: "vcluster",
      compat: "true",
      maxHistory: 5,
      name: "vcluster-dev-helm",
      namespace: "dev-vcluster",
      repositoryOpts: { repo: "https://charts.loft.sh" },
      skipAwait: false,
      timeout: 600,
      version: "0.26.0",
    });
    // All of the values are compared in values.test.ts.
    assert.equal((values as { telemetry: { enabled: boolean } }).telemetry.enabled, false);
  });

  it("orders resources by their dependencies", () => {
    const sources = ["backstage", "nextjs", "shared", "shared-config"].map((source) => `dev-syncer-${source}`);
    const bounds = BOUNDS.filter(([, name]) => name !== "dev-host-api").map(([, name]) => name);
    assert.deepEqual(
      find(registrations, RELEASE, "dev-vcluster").dependsOn,
      ["dev-guard-namespace", "dev-namespace", ...sources, ...bounds].sort(),
    );
    for (const [type, name] of BOUNDS) {
      const { dependsOn } = find(registrations, type, name);
      // Nothing else: it would only make them wait, at both ends.
      if (name !== "dev-host-api") assert.ok(dependsOn.includes("dev-namespace"), name);
    }
    assert.ok(find(registrations, SECRET, "dev-certificates").dependsOn.includes("dev-vcluster"));
    // Beside the release: a controller that knows the way already makes nobody wait.
    assert.deepEqual(find(registrations, INGRESS, "dev-ingress").dependsOn, ["dev-guard-namespace", "dev-namespace"]);
    const readiness = find(registrations, COMMAND, "dev-readiness").dependsOn;
    assert.ok(readiness.includes("dev-ingress") && readiness.includes("dev-vcluster"));
    assert.ok(find(registrations, COMMAND, "dev-argocd-token").dependsOn.includes("dev-readiness"));
    assert.ok(find(registrations, COMMAND, "dev-argocd-readiness").dependsOn.includes("dev-readiness"));
    const cluster = find(registrations, SECRET, "dev-argocd-cluster");
    assert.ok(cluster.dependsOn.includes("dev-argocd-readiness") && cluster.dependsOn.includes("dev-argocd-token"));
    assert.ok(find(registrations, COMMAND, "dev-argocd-switch").dependsOn.includes("dev-argocd-cluster"));
  });

  it("passes TLS through to the API", () => {
    assert.deepEqual(find(registrations, INGRESS, "dev-ingress").inputs, {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: {
        name: "dev-vcluster-ingress",
        namespace: "dev-vcluster",
        annotations: {
          "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
          "nginx.ingress.kubernetes.io/ssl-passthrough": "true",
          "nginx.ingress.kubernetes.io/ssl-redirect": "false",
          "pulumi.com/skipAwait": "true",
          ...AT_ONCE,
        },
      },
      spec: {
        ingressClassName: "nginx",
        rules: [
          {
            host: "dev-vcluster.example.org",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "vcluster-dev-helm", port: { number: 443 } } },
                },
              ],
            },
          },
        ],
      },
    });
  });

  it("repeats the readiness check after every change of release and ingress, without secrets in its input", () => {
    const { inputs, secretInputs } = find(registrations, COMMAND, "dev-readiness");
    const { stdin, ...rest } = inputs;
    assert.deepEqual(rest, {
      interpreter: ["node", "-"],
      create: "wait-for-api",
      triggers: [1, '{"controller":"nginx","className":"nginx"}'],
      logging: "stderr",
      addPreviousOutputInEnv: false,
    });
    assert.deepEqual(secretInputs, []);
    assert.ok(String(stdin).endsWith(`\nvoid job.main(${JSON.stringify(WAY)});\n`));
    assert.ok(!String(stdin).includes(base64("the key")));
  });

  it("tests Argo CD's credential before the cluster Secret is written, and keeps the token secret", () => {
    const { inputs, secretInputs } = find(registrations, COMMAND, "dev-argocd-readiness");
    const token = find(registrations, COMMAND, "dev-argocd-token");
    const client = {
      name: "Argo CD",
      token: TOKEN,
      host: "vcluster-dev-helm.dev-vcluster.svc",
      reads: ["/api/v1/namespaces?limit=1"],
    };
    assert.ok(String(inputs["stdin"]).endsWith(`\nvoid job.main(${JSON.stringify({ ...WAY, client })});\n`));
    assert.deepEqual(inputs["triggers"], [1]);
    assert.deepEqual(secretInputs, ["stdin"]);
    assert.ok(token.dependsOn.includes("dev-readiness"));
  });

  it("tests of Argo CD's rights what the configuration gives", () => {
    const inNamespace = "/api/v1/namespaces/a/configmaps?limit=1";
    assert.deepEqual(argocdReads(["a"], false), [inNamespace]);
    assert.deepEqual(argocdReads(["a"], true), ["/api/v1/namespaces?limit=1", inNamespace]);
  });

  it("reads the certificates by an id that is unknown at preview", async () => {
    assert.equal(find(registrations, SECRET, "dev-certificates").id, "dev-vcluster/vcluster-dev-helm-certs");
    const preview = await environment({}, { preview: true });
    assert.equal(find(preview.registrations, SECRET, "dev-certificates").id, undefined);
  });

  it("creates Argo CD's own token, and keeps everything about it secret", () => {
    const token = find(registrations, COMMAND, "dev-argocd-token");
    const { stdin, ...rest } = token.inputs;
    assert.deepEqual(rest, {
      interpreter: ["node", "-"],
      create: "create",
      update: "create",
      delete: "delete",
      triggers: ["argocd-manager-1a2b3c4d"],
      logging: "stderr",
      addPreviousOutputInEnv: false,
    });
    assert.deepEqual(token.secretInputs, ["stdin"]);
    assert.deepEqual([...token.secretOutputs].sort(), ["stderr", "stdin", "stdout"]);
    assert.equal(token.deletedWith, "dev-vcluster");
    const { objects, ...input } = inputOf(stdin);
    assert.deepEqual(input, {
      host: "dev-vcluster.example.org",
      port: 443,
      caCertificate: base64("the authority"),
      adminCredentials: { certificate: base64("the certificate"), key: base64("the key") },
      account: { name: "argocd-manager-1a2b3c4d", namespace: "kube-system" },
      namespaces: [],
      timeoutSeconds: 300,
    });
    assert.deepEqual(
      (objects as { object: { kind: string } }[]).map(({ object }) => object.kind),
      ["ServiceAccount", "ClusterRoleBinding"],
    );
  });

  it("waits until Argo CD uses a new token, without administrator credentials", () => {
    const { inputs, secretInputs, secretOutputs } = find(registrations, COMMAND, "dev-argocd-switch");
    const { stdin, ...rest } = inputs;
    assert.deepEqual(rest, {
      interpreter: ["node", "-"],
      update: "verify",
      logging: "none",
      addPreviousOutputInEnv: false,
    });
    assert.deepEqual([secretInputs, secretOutputs], [["stdin"], ["stdin"]]);
    assert.equal(inputOf(stdin)["token"], "output of create");
    assert.ok(!String(stdin).includes(base64("the key")));
  });

  it("creates a new service account for a new rotation or other rights only", async () => {
    const args: EnvironmentArgs["argocd"][] = [
      {},
      { sources: ["*"], labels: { a: "b" } },
      { rotation: "2" },
      { namespaces: ["a"] },
      { namespaces: ["a"], clusterResources: true },
    ];
    const { registrations: all } = await record(
      () => args.map((argocd, index) => new Environment(`e${index}`, { domain: "example.org", argocd: argocd ?? {} })),
      { outputs },
    );
    const keepers = args.map((_, index) => find(all, RANDOM, `e${index}-argocd-generation`).inputs["keepers"]);
    assert.deepEqual(keepers, [
      { rotation: "", namespaces: "", clusterResources: "false" },
      { rotation: "", namespaces: "", clusterResources: "false" },
      { rotation: "2", namespaces: "", clusterResources: "false" },
      { rotation: "", namespaces: "a", clusterResources: "false" },
      { rotation: "", namespaces: "a", clusterResources: "true" },
    ]);
    const tried = args.map((_, index) => inputOf(find(all, COMMAND, `e${index}-argocd-token`).inputs["stdin"]));
    assert.deepEqual(
      tried.map(({ clusterResources }) => clusterResources),
      [undefined, undefined, undefined, undefined, true],
    );
  });

  it("creates an AppProject with the environment's cluster and no source", () => {
    assert.deepEqual(find(registrations, PROJECT, "dev-argocd-project").inputs, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "dev-vcluster", namespace: "argocd", annotations: AT_ONCE, ...OWNED },
      spec: {
        description: "Applications of the environment at https://dev-vcluster.example.org",
        destinations: [
          { name: "dev-vcluster", server: "https://vcluster-dev-helm.dev-vcluster.svc:443", namespace: "*" },
        ],
        permitOnlyProjectScopedClusters: true,
        sourceRepos: [],
        clusterResourceWhitelist: [{ group: "*", kind: "*" }],
      },
    });
  });

  it("registers the cluster with Argo CD by the in-cluster URL, with its CA and only the token", () => {
    const { inputs, secretInputs, retainOnDelete } = find(registrations, SECRET, "dev-argocd-cluster");
    const { data, ...rest } = inputs as { data: Record<string, string> };
    assert.deepEqual(rest, {
      apiVersion: "v1",
      kind: "Secret",
      type: "Opaque",
      metadata: {
        name: "dev-vcluster",
        namespace: "argocd",
        labels: {
          "argocd.argoproj.io/secret-type": "cluster",
          environment: "dev",
          version: "0.26.0",
          domain: "example.org",
        },
        annotations: { domain: "example.org", ...AT_ONCE },
      },
    });
    assert.deepEqual(secretInputs, ["data"]);
    assert.equal(retainOnDelete, false);
    const plain = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, fromBase64(text)]));
    assert.deepEqual(plain, {
      name: "dev-vcluster",
      project: "dev-vcluster",
      server: "https://vcluster-dev-helm.dev-vcluster.svc:443",
      config: JSON.stringify({
        bearerToken: "output of create",
        tlsClientConfig: { caData: base64("the authority") },
      }),
    });
  });

  it("deletes its applications before anything else", () => {
    const wait = find(registrations, COMMAND, "dev-applications");
    assert.deepEqual([wait.inputs["create"], wait.inputs["delete"]], ["wait-for-applications", undefined]);
    assert.ok(wait.dependsOn.includes("dev-applications-guard"));
    const { inputs, secretInputs, deletedWith } = find(registrations, COMMAND, "dev-applications-guard");
    const { stdin, ...rest } = inputs;
    // No triggers: a replacement would delete the applications of an environment that stays. No `create`: it is in the
    // state, for a destroy, even when the applications never become healthy.
    assert.deepEqual(rest, {
      interpreter: ["node", "-"],
      delete: "delete-applications",
      logging: "stderr",
      addPreviousOutputInEnv: false,
    });
    assert.deepEqual([secretInputs, deletedWith], [["stdin"], undefined]);
    const text = String(stdin);
    assert.ok(!unpacked(text).includes('require("./'), "a part is not in the text");
    assert.deepEqual(inputOf(text), {
      host: {},
      environment: { name: "dev-vcluster", uid: "the-uid" },
      label: "dev",
      namespace: "argocd",
      cluster: {
        name: "dev-vcluster",
        server: "https://vcluster-dev-helm.dev-vcluster.svc:443",
        apiUrl: "https://dev-vcluster.example.org",
        secretUid: "the-uid",
      },
      controlPlane: { namespace: "dev-vcluster", release: "vcluster-dev-helm" },
      applications: [],
      syncTimeoutSeconds: 300,
      deleteTimeoutSeconds: 300,
    });
    // Whatever it does not depend on, at any distance, would be deleted at the same time.
    const before = allBefore(registrations, "dev-applications");
    const others = registrations
      .filter(({ type }) => !type.startsWith("vcluster-environments:"))
      .map(({ name }) => name)
      .filter((name) => !before.has(name));
    assert.deepEqual(others, []);
  });

  it("waits for applications again that were deleted and are made again", async () => {
    const applications = { web: { repository: "https://git.example.com/web.git" } };
    const { registrations: all } = await environment({ applications });
    const uids = (name: string) => {
      const input = inputOf(find(all, COMMAND, name).inputs["stdin"]) as { applications: { uid?: string }[] };
      return input.applications.map(({ uid }) => uid);
    };
    assert.deepEqual(uids("dev-applications"), ["the-uid"]);
    // The first is made before them.
    assert.deepEqual([uids("dev-argocd-guard"), uids("dev-applications-guard")], [[undefined], [undefined]]);
  });

  it("has guards that stop a destroy on another host", async () => {
    const { inputs, dependsOn, secretInputs } = find(registrations, COMMAND, "dev-guard-namespace");
    assert.deepEqual([inputs["create"], inputs["delete"]], [undefined, "check-host"]);
    assert.deepEqual([dependsOn, secretInputs], [["dev-namespace"], ["stdin"]]);
    const input = {
      host: {},
      environment: { name: "dev-vcluster", uid: "the-uid" },
      release: { name: "vcluster-dev-helm", goesWithNamespace: true },
    };
    const { owned, ...rest } = inputOf(inputs["stdin"]);
    assert.deepEqual(rest, input);
    assert.deepEqual((owned as OwnedObjects).annotations, OWN_OBJECT);
    const late = find(registrations, COMMAND, "dev-guard-vcluster");
    assert.deepEqual([late.inputs["delete"], inputOf(late.inputs["stdin"])], ["check-host", input]);
    // Applications of others may use the cluster before the environment's own can be created.
    const registered = find(registrations, COMMAND, "dev-argocd-guard");
    assert.equal(registered.inputs["delete"], "delete-applications");
    assert.deepEqual(registered.dependsOn, ["dev-argocd-cluster", "dev-namespace"]);
    const without = await environment({ argocd: { register: false } });
    assert.ok(find(without.registrations, COMMAND, "dev-guard-vcluster").dependsOn.includes("dev-readiness"));
  });

  it("deletes nothing on another host before a guard, wherever a first `up` failed", async () => {
    const repository = "https://git.example.com/web.git";
    const applications = { web: { repository }, api: { repository, wait: false } };
    const variants: Partial<EnvironmentArgs>[] = [{}, { applications }, { argocd: { register: false } }];
    for (const args of variants) {
      const { registrations: all } = await environment(args);
      assert.deepEqual(unguarded(all), []);
      const dependencies = new Map(all.map(({ name }) => [name, allBefore(all, name)]));
      // A guard does nothing on `up`, and cannot fail.
      for (const { name, type } of all.filter((one) => !isGuard(one))) {
        // These are on the host before they are ready, and in the state although they failed.
        const isIn = type === RELEASE || type === INGRESS;
        const before = dependencies.get(name) ?? new Set();
        const earliest = all.filter((one) => before.has(one.name) && (isIn || one.name !== name));
        assert.deepEqual(unguarded(earliest), [], `${name} failed first`);
        const latest = all.filter((one) => !dependencies.get(one.name)?.has(name) || (isIn && one.name === name));
        assert.deepEqual(unguarded(latest), [], `${name} failed last`);
      }
    }
  });

  it("has two objects whose deletion no guard stops where `up` was killed right after them", async () => {
    const { registrations: all } = await environment({});
    const killed = all.filter(isGuard).flatMap(({ name }) => {
      return unguarded(all.filter((one) => one.name !== name && !allBefore(all, one.name).has(name)));
    });
    assert.deepEqual(killed.sort(), ["dev-argocd-cluster", "dev-namespace"], "as docs/decisions/0021 says");
  });

  it("deletes nothing on another host before a guard with a retained namespace, once there is all", async () => {
    const { registrations: all } = await environment({ persistence: { retain: true } });
    assert.deepEqual(unguarded(all), []);
    // Helm uninstalls the release, so that no guard may have deleted its records before.
    assert.deepEqual(inputOf(find(all, COMMAND, "dev-guard-vcluster").inputs["stdin"])["release"], {
      name: "vcluster-dev-helm",
      goesWithNamespace: false,
    });
    const before = allBefore(all, "dev-vcluster");
    const failed = unguarded(all.filter(({ name }) => before.has(name)));
    assert.ok(failed.includes("dev-vcluster"), "docs/decisions/0021 says that it is not guarded");
  });

  it("makes everything wait for its namespace", () => {
    const waiting = registrations
      .filter(({ type, id }) => /^(kubernetes|command):/.test(type) && id === undefined)
      .map(({ name }) => name)
      .filter((name) => name !== "dev-namespace");
    assert.ok(waiting.length > 20);
    assert.deepEqual(
      waiting.filter((name) => !allBefore(registrations, name).has("dev-namespace")),
      [],
    );
  });

  it("has outputs, of which only the kubeconfig is secret", async () => {
    const { apiUrl, inClusterUrl, argocdCluster, namespace, release, kubeconfig } = made;
    const open = { apiUrl, inClusterUrl, argocdCluster, namespace, release };
    for (const [name, output] of Object.entries(open)) assert.equal(await pulumi.isSecret(output), false, name);
    assert.deepEqual(await value(pulumi.all(open)), {
      apiUrl: "https://dev-vcluster.example.org",
      inClusterUrl: "https://vcluster-dev-helm.dev-vcluster.svc:443",
      argocdCluster: "dev-vcluster",
      namespace: "dev-vcluster",
      release: "vcluster-dev-helm",
    });
    assert.equal(await pulumi.isSecret(kubeconfig), true);
    const server = "https://dev-vcluster.example.org";
    assert.deepEqual(JSON.parse(await value(kubeconfig)), {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "dev-vcluster", cluster: { server, "certificate-authority-data": base64("the authority") } }],
      users: [
        {
          name: "dev-vcluster",
          user: { "client-certificate-data": base64("the certificate"), "client-key-data": base64("the key") },
        },
      ],
      contexts: [{ name: "dev-vcluster", context: { cluster: "dev-vcluster", user: "dev-vcluster" } }],
      "current-context": "dev-vcluster",
    });
  });

  for (const preview of [false, true]) {
    it(`registers all resources of many environments, ${preview ? "at preview" : "at an update"}`, async function () {
      this.timeout(60_000);
      const program = () => many(34).map(({ kubeconfig }) => kubeconfig);
      const { registrations: all, result } = await record(program, { outputs, preview });
      assert.equal(all.length, 34 * registrations.length);
      if (!preview) for (const kubeconfig of result) assert.match(await value(kubeconfig), /"Config"/);
    });
  }

  it("makes dependents wait for all its resources, even while it waits for the semaphore", async function () {
    this.timeout(60_000);
    const { registrations: all } = await record(
      () => {
        new ConfigMap("after", {}, { dependsOn: many(34).slice(-1) });
      },
      { outputs },
    );
    const own = all
      .filter(({ type, id }) => !type.startsWith("vcluster-environments:") && id === undefined)
      .map(({ name }) => name)
      .filter((name) => name.startsWith("e33-"));
    const { dependsOn } = find(all, "kubernetes:core/v1:ConfigMap", "after");
    assert.deepEqual(
      own.filter((name) => !dependsOn.includes(name)),
      [],
    );
    assert.ok(own.length > 20);
  });

  it("returns names and addresses at preview", async () => {
    const preview = await environment({}, { preview: true });
    const ingress = find(preview.registrations, INGRESS, "dev-ingress");
    assert.deepEqual(ingress.inputs, find(registrations, INGRESS, "dev-ingress").inputs);
    const cluster = find(preview.registrations, SECRET, "dev-argocd-cluster");
    assert.deepEqual(cluster.inputs["metadata"], find(registrations, SECRET, "dev-argocd-cluster").inputs["metadata"]);
    const release = find(preview.registrations, RELEASE, "dev-vcluster");
    assert.deepEqual(release.inputs, find(registrations, RELEASE, "dev-vcluster").inputs);
    assert.equal(await value(preview.result.apiUrl), "https://dev-vcluster.example.org");
  });
});

/** What a resource depends on, at any distance, and itself. */
function allBefore(registrations: readonly Registration[], last: string): Set<string> {
  const before = new Set<string>();
  const add = (name: string) => {
    if (before.has(name)) return;
    before.add(name);
    for (const one of registrations) if (one.name === name) one.dependsOn.forEach(add);
  };
  add(last);
  return before;
}

function isGuard({ inputs }: Registration): boolean {
  return /^(check-host|delete-applications)$/.test(String(inputs["delete"]));
}

/** What a destroy of this state deletes on the host although no guard has run before. */
function unguarded(state: readonly Registration[]): string[] {
  const names = new Set(state.map(({ name }) => name));
  const guards = state.filter(isGuard).map(({ name }) => name);
  const guarded = new Set(guards.flatMap((name) => [...allBefore(state, name)]));
  return state
    .filter(({ type, id }) => type.startsWith("kubernetes:") && id === undefined)
    .filter(({ retainOnDelete, deletedWith = "" }) => !retainOnDelete && !names.has(deletedWith))
    .map(({ name }) => name)
    .filter((name) => !guarded.has(name));
}

/** Input of a job. */
function inputOf(stdin: unknown): Record<string, unknown> {
  const text = String(stdin);
  const input = text.slice(text.lastIndexOf("void job.main(") + "void job.main(".length, -");\n".length);
  return JSON.parse(input) as Record<string, unknown>;
}

describe("Environment, with other arguments", () => {
  it("registers nothing with invalid arguments, and reports all problems", async () => {
    const attempt = record(() => {
      assert.throws(
        () => new Environment("dev", { domain: "no_domain", argocd: { namespace: "Argo" } }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigurationError);
          assert.deepEqual(
            error.problems.map(({ path }) => path),
            ["domain", "argocd.namespace"],
          );
          return true;
        },
      );
    });
    assert.deepEqual((await attempt).registrations, []);
  });

  it("builds object names from `environment` and resource names from the component", async () => {
    const { registrations } = await environment({ environment: "pr-123" }, { name: "mine" });
    const { inputs } = find(registrations, NAMESPACE, "mine-namespace");
    const labels = { ...MARK.labels, "vcluster-environments/environment": "pr-123" };
    assert.deepEqual(inputs["metadata"], { ...MARK, name: "pr-123-vcluster", labels });
    assert.equal(find(registrations, RELEASE, "mine-vcluster").inputs["name"], "vcluster-pr-123-helm");
  });

  it("creates Applications after the cluster, and waits for them", async () => {
    const repository = "https://git.example.com/web.git";
    const applications = { web: { repository }, api: { repository, wait: false } };
    const { registrations } = await environment({
      applications,
      argocd: { namespace: "cd", deleteTimeoutSeconds: 60 },
    });
    const web = find(registrations, APPLICATION, "dev-application-web");
    const { spec, ...rest } = web.inputs as { spec: Record<string, unknown> };
    assert.deepEqual(rest, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: {
        name: "web-dev",
        namespace: "cd",
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
        labels: { "vcluster-environments/environment": "dev" },
        annotations: AT_ONCE,
      },
    });
    assert.deepEqual(spec["destination"], { name: "dev-vcluster", namespace: "web" });
    assert.deepEqual(
      [spec["project"], web.dependsOn],
      ["dev-vcluster", ["dev-argocd-guard", "dev-argocd-project", "dev-argocd-switch"]],
    );
    const keeper = find(registrations, COMMAND, "dev-applications-guard");
    assert.ok(find(registrations, COMMAND, "dev-applications").dependsOn.includes("dev-application-web"));
    const early = inputOf(find(registrations, COMMAND, "dev-argocd-guard").inputs["stdin"]) as {
      applications: object[];
    };
    assert.equal(early.applications.length, 2);
    assert.equal(web.deletedWith, "dev-argocd-guard");
    for (const one of ["dev-application-api", "dev-application-web"]) assert.ok(keeper.dependsOn.includes(one));
    const project = find(registrations, PROJECT, "dev-argocd-project").inputs["spec"] as { sourceRepos: string[] };
    assert.deepEqual(project.sourceRepos, [repository]);
    const input = inputOf(keeper.inputs["stdin"]) as { applications: object[] };
    const [digest] = input.applications.map((one) => (one as { digest: string }).digest);
    assert.match(digest ?? "", /^[0-9a-f]{64}$/);
    const listed = input.applications.map((one) => ({ ...one, digest: "" }));
    assert.deepEqual(listed, [
      { name: "web-dev", wait: true, digest: "" },
      { name: "api-dev", wait: false, digest: "" },
    ]);
    const changed = await environment({ applications: { web: { repository, revision: "v2" } } });
    const after = inputOf(find(changed.registrations, COMMAND, "dev-applications").inputs["stdin"]);
    assert.notEqual((after as { applications: { digest: string }[] }).applications[0]?.digest, digest);
  });

  it("does not use Argo CD without registration", async () => {
    const { registrations, result } = await environment({ argocd: { register: false } });
    assert.ok(!registrations.some(({ name }) => /^dev-(argocd|application)/.test(name)));
    assert.equal(await value(result.argocdCluster), undefined);
  });

  it("has the identity that its program has checked", async () => {
    const { registrations } = await record(
      () => {
        const env = { ...resolve("dev", { domain: "example.org" }), identity: pulumi.output("checked") };
        return new Environment("dev", env);
      },
      { outputs },
    );
    const { annotations } = find(registrations, NAMESPACE, "dev-namespace").inputs["metadata"] as typeof MARK;
    assert.equal(annotations["vcluster-environments/identity"], "checked");
    assert.ok(!registrations.some(({ name }) => name === "dev-identity"));
  });

  for (const length of [63, 64]) {
    it(`labels its cluster with a domain of up to 63 characters: ${length}`, async () => {
      const domain = `${"a".repeat(40)}.${"b".repeat(length - 49)}.example`;
      assert.equal(domain.length, length);
      const { registrations } = await environment({ domain });
      const { metadata } = find(registrations, SECRET, "dev-argocd-cluster").inputs as { metadata: { labels: object } };
      assert.equal("domain" in metadata.labels, length === 63);
    });
  }

  it("labels its cluster as CNOE's stacks select it, if it has a class", async () => {
    const { registrations } = await environment({ argocd: { clusterClass: "app-runtime", labels: { team: "a" } } });
    const { metadata } = find(registrations, SECRET, "dev-argocd-cluster").inputs as { metadata: { labels: object } };
    assert.deepEqual(metadata.labels, {
      "argocd.argoproj.io/secret-type": "cluster",
      "vcluster.cnoe.io/clusterClass": "app-runtime",
      "vcluster.cnoe.io/clusterName": "dev",
      environment: "dev",
      version: "0.26.0",
      domain: "example.org",
      team: "a",
    });
  });

  it("restricts Argo CD to listed namespaces and sources, and labels its cluster", async () => {
    const domain = `${"a".repeat(60)}.example.org`;
    const { registrations } = await environment({
      domain,
      chart: { version: "0.26.0+mine" },
      image: { tag: "0.26.0" },
      argocd: {
        namespaces: ["a", "b"],
        sources: ["https://git.example.org/*"],
        labels: { team: "platform" },
        annotations: { owner: "somebody" },
      },
    });
    const secret = find(registrations, SECRET, "dev-argocd-cluster").inputs;
    const data = secret["data"] as Record<string, string>;
    const decoded = (key: string) => fromBase64(data[key]);
    assert.deepEqual([decoded("namespaces"), decoded("clusterResources")], ["a,b", "false"]);
    const { labels, annotations } = secret["metadata"] as Record<string, object>;
    assert.deepEqual(labels, {
      "argocd.argoproj.io/secret-type": "cluster",
      environment: "dev",
      version: "0.26.0_mine",
      team: "platform",
    });
    assert.deepEqual(annotations, { domain, owner: "somebody", ...AT_ONCE });
    const { spec } = find(registrations, PROJECT, "dev-argocd-project").inputs as { spec: Record<string, unknown> };
    const cluster = { name: "dev-vcluster", server: "https://vcluster-dev-helm.dev-vcluster.svc:443" };
    assert.deepEqual(spec["destinations"], [
      { ...cluster, namespace: "a" },
      { ...cluster, namespace: "b" },
    ]);
    assert.deepEqual(spec["sourceRepos"], ["https://git.example.org/*"]);
    assert.deepEqual(spec["clusterResourceWhitelist"], []);
  });

  it("skips a disabled readiness check, and still registers the cluster after the ingress", async () => {
    const { registrations } = await environment({ readiness: { enabled: false } });
    assert.ok(!registrations.some(({ name }) => name.endsWith("-readiness")));
    assert.ok(find(registrations, COMMAND, "dev-argocd-token").dependsOn.includes("dev-ingress"));
  });

  it("checks the API right after the release without a route of its own", async () => {
    const { registrations } = await environment({ ingress: { controller: "none" } });
    assert.ok(!registrations.some(({ name }) => name === "dev-ingress"));
    assert.ok(find(registrations, COMMAND, "dev-readiness").dependsOn.includes("dev-vcluster"));
    const blind = await environment({ ingress: { controller: "none" }, readiness: { enabled: false } });
    assert.ok(find(blind.registrations, COMMAND, "dev-argocd-token").dependsOn.includes("dev-vcluster"));
  });

  it("leaves its objects to the namespace's deletion: those in it, and those that it owns", async () => {
    const { registrations } = await environment();
    const gone = registrations.filter(({ deletedWith }) => deletedWith === "dev-namespace");
    const metadataOf = ({ inputs }: Registration) => inputs["metadata"] as Record<string, unknown> | undefined;
    const inside = gone.filter((one) => metadataOf(one)?.["namespace"] === "dev-vcluster");
    assert.deepEqual(inside.map(({ name }) => name).sort(), [
      "dev-acme-solvers",
      "dev-all-pods",
      "dev-control-plane",
      "dev-ingress",
      "dev-limits",
      "dev-object-quota",
      "dev-workload-quota",
      "dev-workloads",
    ]);
    const owned = gone.filter((one) => metadataOf(one)?.["ownerReferences"] !== undefined);
    for (const one of owned) assert.deepEqual(metadataOf(one)?.["ownerReferences"], OWNED.ownerReferences);
    // The guard knows each of them.
    const { paths } = inputOf(find(registrations, COMMAND, "dev-guard-namespace").inputs["stdin"])[
      "owned"
    ] as OwnedObjects;
    const placed = owned.map((one) => {
      const { namespace, name } = metadataOf(one) as Record<string, string | undefined>;
      const kind = one.type.split(":").pop()?.toLowerCase().replace(/s$/, "se").replace(/y$/, "ie");
      return `${namespace === undefined ? "" : `${namespace}/`}${String(kind)}s/${name ?? ""}`;
    });
    const short = paths.map((one) => one.replace(/^.*\/v1(alpha1)?\/(namespaces\/)?/, ""));
    assert.deepEqual(short.sort(), placed.sort());
    assert.deepEqual([...new Set(owned.map(({ name }) => name))].sort(), [
      "dev-argocd-project",
      "dev-ingress-hosts",
      "dev-ingress-hosts-binding",
      "dev-priority",
      "dev-synced-objects",
      "dev-synced-objects-binding",
      ...["backstage", "nextjs", "shared", "shared-config"].map((source) => `dev-syncer-${source}`),
      "dev-workload-priority",
    ]);
    const others = gone.filter((one) => !inside.includes(one) && !owned.includes(one));
    assert.deepEqual(
      others.map(({ name }) => name),
      ["dev-vcluster"],
    );
  });

  it("uninstalls by Helm where no guard deletes what the chart has beside the namespace", async () => {
    const provider = () => new kubernetes.Provider("host", {});
    for (const register of [true, false]) {
      const args = { domain: "example.org", argocd: { register } };
      const { registrations } = await record(() => new Environment("dev", args, { provider: provider() }), { outputs });
      assert.equal(find(registrations, RELEASE, "dev-vcluster").deletedWith, undefined);
      // An `up` deletes these guards when `register` becomes false.
      const guards = registrations.filter(({ inputs }) => inputs["delete"] === "check-host");
      assert.equal(guards.length, register ? 2 : 0);
      for (const { inputs } of guards) {
        assert.equal((inputOf(inputs["stdin"])["release"] as GuardedRelease).goesWithNamespace, false);
      }
    }
    const delivered = await environment({ delivery: "argocd" });
    assert.equal(find(delivered.registrations, APPLICATION, "dev-vcluster").deletedWith, undefined);
  });

  it("deletes everything except the volume in a retained namespace", async () => {
    const { registrations } = await environment({ persistence: { retain: true } });
    assert.deepEqual(
      registrations.filter(({ deletedWith }) => deletedWith === "dev-namespace").map(({ name }) => name),
      [],
    );
    const { stdin } = find(registrations, COMMAND, "dev-guard-namespace").inputs;
    assert.equal(inputOf(stdin)["owned"], undefined, "Pulumi deletes them, while the namespace stays");
  });

  it("revokes Argo CD's token before the release goes that keeps its data, with a route to the API", async () => {
    const { registrations } = await environment({ persistence: { retain: true } });
    const token = find(registrations, COMMAND, "dev-argocd-token");
    assert.equal(token.deletedWith, undefined);
    assert.ok(token.dependsOn.includes("dev-readiness"));
    const readiness = find(registrations, COMMAND, "dev-readiness");
    assert.ok(["dev-vcluster", "dev-ingress"].every((name) => readiness.dependsOn.includes(name)));
  });

  it("retains the volume and its namespace with `retain`", async () => {
    const { registrations } = await environment({ persistence: { retain: true } });
    assert.equal(find(registrations, NAMESPACE, "dev-namespace").retainOnDelete, true);
    const { values } = find(registrations, RELEASE, "dev-vcluster").inputs;
    assert.match(JSON.stringify(values), /"retentionPolicy":"Retain"/);
  });

  it("has a disruption budget for control plane and etcd with several replicas, in every profile, and none with one", async () => {
    const budgetsOf = async (args: Partial<EnvironmentArgs>) => {
      const { registrations } = await environment(args);
      return registrations.filter(({ type }) => type === "kubernetes:policy/v1:PodDisruptionBudget");
    };
    assert.deepEqual(await budgetsOf({}), []);
    for (const profile of ["default", "hardened", "open"] as const) {
      const budgets = await budgetsOf({ controlPlane: { replicas: 3 }, isolation: { profile } });
      const specs = budgets.map(({ inputs }) => [(inputs["metadata"] as { name: string }).name, inputs["spec"]]);
      const spec = (app: string) => ({
        maxUnavailable: 1,
        selector: { matchLabels: { app, release: "vcluster-dev-helm" } },
      });
      assert.deepEqual(specs, [
        ["vcluster-dev-helm", spec("vcluster")],
        ["vcluster-dev-helm-etcd", spec("vcluster-etcd")],
      ]);
    }
  });

  it("labels its own namespace and route, and no shared namespaces", async () => {
    const own = { labels: { team: "a" }, annotations: { "example.org/a": "b" } };
    const { registrations } = await environment(own);
    const metadata = (type: string, name: string) => find(registrations, type, name).inputs["metadata"] as typeof own;
    assert.deepEqual(metadata(NAMESPACE, "dev-namespace"), {
      name: "dev-vcluster",
      labels: { ...MARK.labels, ...own.labels },
      annotations: { ...MARK.annotations, ...own.annotations },
    });
    const route = metadata(INGRESS, "dev-ingress");
    assert.deepEqual(route.labels, own.labels);
    assert.equal(route.annotations["example.org/a"], "b");
    assert.ok("nginx.ingress.kubernetes.io/ssl-passthrough" in route.annotations);
    const shared = metadata(NAMESPACE, "dev-source-nextjs");
    assert.deepEqual(Object.keys(shared.labels), ["vcluster-environments/shared-namespace"]);
    assert.equal(shared.annotations, undefined);
  });

  it("creates no Role and no namespace for a kind without mappings", async () => {
    const { registrations } = await environment({ sync: { secrets: { "a/*": "a/*" }, configMaps: {} } });
    assert.deepEqual(
      registrations
        .filter(({ type }) => type === ROLE || type === NAMESPACE)
        .map(({ name }) => name)
        .sort(),
      ["dev-namespace", "dev-source-a", "dev-syncer-a"],
    );
  });

  it("binds the syncer's Roles to the service account in the free values", async () => {
    const values = { controlPlane: { advanced: { serviceAccount: { name: "other" } } } };
    const { registrations } = await environment({ values });
    assert.deepEqual(find(registrations, BINDING, "dev-syncer-nextjs").inputs["subjects"], [
      { kind: "ServiceAccount", name: "other", namespace: "dev-vcluster" },
    ]);
  });

  it("keeps secret values secret", async () => {
    const values = () => pulumi.secret({ controlPlane: { statefulSet: { env: [{ name: "A", value: "b" }] } } });
    const { registrations } = await record(() => new Environment("dev", { domain: "example.org", values: values() }), {
      outputs,
    });
    assert.ok(find(registrations, RELEASE, "dev-vcluster").secretInputs.includes("values"));
  });

  it("applies the caller's transformations to its children, and keeps its own labels", async () => {
    const owner = ({ type, props, opts }: pulumi.ResourceTransformationArgs) => {
      const inputs = props as { metadata?: { annotations?: object } };
      const annotations = { ...inputs.metadata?.annotations, "example.org/by": "the caller" };
      return type === NAMESPACE
        ? { props: { ...inputs, metadata: { ...inputs.metadata, annotations } }, opts }
        : undefined;
    };
    const { registrations } = await record(
      () => new Environment("dev", { domain: "example.org" }, { transformations: [owner] }),
      { outputs },
    );
    const metadata = (name: string) => find(registrations, NAMESPACE, name).inputs["metadata"] as typeof MARK;
    const by = { "example.org/by": "the caller" };
    assert.deepEqual(metadata("dev-source-nextjs").annotations, by);
    const { labels, annotations } = MARK;
    assert.deepEqual(metadata("dev-namespace"), {
      name: "dev-vcluster",
      labels,
      annotations: { ...annotations, ...by },
    });
  });

  it("passes the caller's provider to its children", async () => {
    const { registrations } = await record(
      () => {
        const provider = new kubernetes.Provider("elsewhere", { kubeconfig: "{}" });
        return new Environment("dev", { domain: "example.org" }, { provider });
      },
      { outputs },
    );
    const children = registrations.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.equal(children.length, 32);
    for (const { name, provider } of children) assert.match(provider, /::elsewhere::/, name);
  });

  it("rejects a duplicate in one program, and names the other component", async () => {
    await record(
      () => {
        const make = (name: string, domain: string) => new Environment(name, { environment: "dev", domain });
        make("one", "example.org");
        assert.throws(
          () => make("two", "example.com"),
          (error: unknown) => {
            assert.ok(error instanceof ConfigurationError);
            assert.deepEqual(
              error.problems.map(({ path, code }) => `${path}: ${code}`),
              ["environment: environment-duplicate"],
            );
            assert.match(error.message, /the component "one" .*"dev-vcluster\.example\.com"/);
            return true;
          },
        );
        const provider = new kubernetes.Provider("elsewhere", { kubeconfig: "{}" });
        new Environment("three", { environment: "dev", domain: "example.net" }, { provider });
      },
      { outputs },
    );
  });

  it("works with another environment in one program", async () => {
    const { registrations } = await record(
      () => ["dev", "staging"].map((name) => new Environment(name, { domain: "example.org" })),
      { outputs },
    );
    const names = registrations.map(({ type, name }) => `${type} ${name}`);
    assert.equal(new Set(names).size, names.length);
    assert.equal(find(registrations, NAMESPACE, "staging-namespace").parent, "staging");
  });
});
