import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { createServer } from "node:http";
import * as path from "node:path";

import { loadAll } from "js-yaml";

import { Environment, type EnvironmentArgs } from "../../../components";
import { settings } from "../../../components/config/defaults";
import { hostUid } from "../../../components/kubernetes/find-namespace";
import { environmentNames } from "../../../components/names";
import { HostClient } from "../../../host/client";
import { readHost } from "../../../preflight/host-state";
import { checkoutDir } from "../../../shared/checkout";
import { outputs } from "../../support/control-plane";
import { record, type Registration } from "../../support/mocks";
import { listen, withBody } from "../../support/servers";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const manifests = loadAll(fs.readFileSync(path.join(checkoutDir, "ci/preview-rbac.yaml"), "utf8")) as {
  kind: string;
  rules?: Rule[];
}[];
const rules = manifests.flatMap((manifest) => manifest.rules ?? []);
/** Rights as `verb resource.group`. */
const granted = rules.flatMap(({ apiGroups, resources, verbs }) =>
  apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => right(verb, resource, group)))),
);

function right(verb: string, resource: string, group: string): string {
  return `${verb} ${resource}${group === "" ? "" : `.${group}`}`;
}

/** Every way to deliver a virtual cluster and to route to it, and all that is not declared by default. */
const ENVIRONMENTS: Partial<EnvironmentArgs>[] = [
  { applications: { web: { repository: "https://git.example.org/web.git", path: "." } }, argocd: { sources: ["*"] } },
  { delivery: "argocd", ingress: { controller: "traefik" }, isolation: { profile: "hardened" } },
  { controlPlane: { replicas: 3 } },
  { ingress: { controller: "gateway", gateway: { name: "a", namespace: "b" } } },
];

describe("ci/preview-rbac.yaml", function () {
  this.timeout(60_000);
  const needed = new Set<string>();

  before(async () => {
    for (const right of await rightsOfPreflight()) needed.add(right);
    for (const args of ENVIRONMENTS) {
      const { registrations } = await record(() => new Environment("dev", { domain: "example.org", ...args }), {
        outputs,
      });
      for (const right of registrations.flatMap(rightOf)) needed.add(right);
    }
  });

  it("grants what a preview reads, and nothing else", () => {
    const noSecrets = [...needed].filter((right) => !/ secrets$/.test(right));
    assert.ok(noSecrets.length < needed.size, "a preview would read Secrets");
    assert.deepEqual([...granted].sort(), noSecrets.sort());
  });

  it("grants no Secret, no wildcard and nothing that writes", () => {
    assert.ok(granted.length > 20);
    for (const one of granted) assert.match(one, /^(get|list) (?!secrets)[a-z]+(\.[a-z0-9.]+)?$/);
  });
});

/** The right to read an object that is declared, which names its drift, or read by its id. */
function rightOf({ type, id }: Registration): string[] {
  const [, group = "", kind = ""] = /^kubernetes:(.+)\/v\w+:(\w+?)(?:Patch)?$/.exec(type) ?? [];
  // The release's objects are found by a Secret, Argo CD's cluster is one.
  if (kind === "" || group === "helm.sh" || (kind === "Secret" && id === undefined)) return [];
  const plural = kind
    .toLowerCase()
    .replace(/y$/, "ie")
    .replace(/(s|x)$/, "$1e");
  return [right("get", `${plural}s`, group === "core" ? "" : group)];
}

/** The rights that the requests of preflight need, with both ways of delivery, in a host that has everything. */
async function rightsOfPreflight(): Promise<string[]> {
  const rights = new Set<string>();
  const namespace = (environment: string, stack: string) => ({
    metadata: {
      name: `${environment}-vcluster`,
      labels: { "vcluster-environments/environment": environment },
      annotations: { "vcluster-environments/stack": stack },
    },
  });
  const server = createServer(
    withBody((request, _, response) => {
      const url = new URL(request.url ?? "", "http://host");
      // Kubernetes lets everybody read it (`system:public-info-viewer`).
      if (url.pathname === "/version") return response.writeHead(200).end("{}");
      const [, group = "", namespaced, resource = "", name] =
        /^\/apis?(?:\/([a-z0-9.]+(?=\/v)))?\/v\w+(\/namespaces\/[^/]+(?=\/))?\/(\w+)(?:\/(.+))?$/.exec(url.pathname) ??
        [];
      assert.notEqual(resource, "", url.pathname);
      rights.add(right(name === undefined ? "list" : "get", resource, group));
      const items = resource === "namespaces" ? [namespace("dev", STACK), namespace("other", STACK)] : [];
      const body = name === undefined ? { items } : namespaced === undefined ? namespace("dev", STACK) : {};
      response.writeHead(200).end(JSON.stringify(body));
    }),
  );
  const url = `http://127.0.0.1:${await listen(server)}`;
  const api = new HostClient({ server: url, origin: "a test", proxied: false, cluster: {}, user: {} });
  const owner = { stack: STACK, identity: "own" };
  for (const delivery of ["helm", "argocd"] as const) {
    const names = environmentNames("dev", "example.org");
    const { applications } = settings("dev", { domain: "example.org", applications: { web: { repository: "a" } } });
    const argocd = { namespace: "argocd", register: true };
    const env = { environment: "dev", names, delivery, argocd, applications, controlPlane: { replicas: 3 } };
    await readHost(api, env, owner);
  }
  await hostUid(api);
  server.close();
  return [...rights];
}

const STACK = "organization/vcluster-environments/dev";
