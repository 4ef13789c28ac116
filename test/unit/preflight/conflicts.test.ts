import * as assert from "node:assert/strict";

import * as fc from "fast-check";

import { argocdConflicts, type ArgocdObjects } from "../../../components/argocd/conflicts";
import { settings } from "../../../components/config/defaults";
import { environmentNames } from "../../../components/names";
import { EnvironmentRegistry } from "../../../components/registry";
import {
  applicationHostConflicts,
  certificatesConflict,
  type HostnameClaim,
  hostnameConflicts,
  hostsOfRule,
  namespaceConflict,
  releaseConflict,
  volumeConflict,
} from "../../../preflight/conflicts";
import { base64 } from "../../../shared/base64";
import { sameHostname } from "../../../shared/rfc1123";

const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/);
const domain = fc.tuple(label, label).map((parts) => parts.join("."));
/** The same name of a host, written in another way. */
const written = (host: string) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: host.length, maxLength: host.length }), fc.boolean())
    .map(
      ([upper, dot]) =>
        host.replace(/./g, (char, i: number) => (upper[i] ? char.toUpperCase() : char)) + (dot ? "." : ""),
    );
const claim = (host: string, namespace: string): HostnameClaim => ({ host, namespace, by: `Ingress ${namespace}/web` });

describe("releaseConflict", () => {
  it("refuses a release that an operation of Helm works on, or worked on when it was killed", () => {
    const names = environmentNames("dev", "example.org");
    const codes = (status?: string) => releaseConflict(names, status).map(({ code }) => code);
    for (const status of ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling", "uninstalled"]) {
      assert.deepEqual(codes(status), ["release-pending"], status);
    }
    for (const status of [undefined, "deployed", "failed", "superseded"]) assert.deepEqual(codes(status), []);
    const [uninstalled] = releaseConflict(names, "uninstalled");
    assert.match(uninstalled?.problem ?? "", /is uninstalled: it was uninstalled, and Helm kept its history$/);
  });
});

describe("volumeConflict", () => {
  const deleted = [{ name: "data-vcluster-dev-helm-0", since: "2026-11-27T10:00:00Z" }];
  const codes = (allowDataLoss: boolean, claims: typeof deleted, restarts: boolean) => {
    const env = settings("dev", { domain: "example.org", persistence: { allowDataLoss } });
    return volumeConflict(env, claims, restarts).map(({ code }) => code);
  };

  it("refuses a restart of the control plane while its claim is being deleted, unless data may be lost", () => {
    assert.deepEqual(codes(false, deleted, true), ["volume-terminating"]);
    assert.deepEqual(codes(true, deleted, true), []);
    assert.deepEqual(codes(false, deleted, false), []);
    assert.deepEqual(codes(false, [], true), []);
  });
});

describe("hostnameConflicts", () => {
  it("reports the object with the host name", () => {
    const names = environmentNames("dev", "example.org");
    const [problem, ...more] = hostnameConflicts(names, [claim("Dev-vCluster.example.org", "pr-1-vcluster")]);
    assert.deepEqual([problem?.path, problem?.code, more], ["domain", "hostname-in-use", []]);
    assert.match(problem?.problem ?? "", /^Ingress pr-1-vcluster\/web /);
  });

  it("compares names as DNS does, in every namespace except the environment's own", () => {
    const cases = fc
      .tuple(label, domain, label)
      .chain(([environment, zone, other]) =>
        fc.tuple(
          fc.constant(environmentNames(environment, zone)),
          written(`${environment}-vcluster.${zone}`),
          fc.constantFrom(other, `${environment}-vcluster`),
        ),
      );
    fc.assert(
      fc.property(cases, ([names, host, namespace]) => {
        const found = hostnameConflicts(names, [claim(host, namespace)]);
        assert.equal(found.length, namespace === names.namespace ? 0 : 1);
      }),
    );
  });

  it("ignores wildcards and other names", () => {
    fc.assert(
      fc.property(label, domain, label, label, (environment, zone, other, namespace) => {
        const names = environmentNames(environment, zone);
        const others = [`*.${zone}`, `*.${names.apiHost}`, zone, `x${names.apiHost}`, `${names.apiHost}.${other}`, "*"];
        assert.deepEqual(
          hostnameConflicts(
            names,
            others.map((host) => claim(host, namespace)),
          ),
          [],
        );
      }),
    );
  });

  it("finds conflicts exactly if name and domain are the same", () => {
    // Few names, so that equal ones are drawn about as often as different ones.
    const name = fc.constantFrom("a", "b", "a-b", "b-a");
    const zone = fc.constantFrom("a.b", "b.a", "a.a.b");
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(name, zone, fc.boolean(), name, zone, (one, oneZone, repeated, drawn, drawnZone) => {
        const [other, otherZone] = repeated ? [one, oneZone] : [drawn, drawnZone];
        const same = one === other && oneZone === otherZone;
        seen.add(same);
        const [a, b] = [environmentNames(one, oneZone), environmentNames(other, otherZone)];
        assert.equal(sameHostname(a.apiHost, b.apiHost), same);
      }),
    );
    assert.equal(seen.size, 2);
  });

  it("parses rules of an IngressRouteTCP", () => {
    assert.deepEqual(hostsOfRule("HostSNI(`a.example.org`, `b.example.org`) && ClientIP(`10.0.0.1`)"), [
      "a.example.org",
      "b.example.org",
    ]);
    assert.deepEqual(hostsOfRule('HostSNI("a") || HostSNI(`*`)'), ["a", "*"]);
    assert.deepEqual(hostsOfRule("HostSNIRegexp(`^.+$`)"), []);
  });
});

describe("applicationHostConflicts", () => {
  const found = (environment: string, host: string, holder: string) =>
    applicationHostConflicts(settings(environment, { domain: "example.org" }), [claim(host, holder)]);

  it("reports a host that another environment has from before", () => {
    const [problem, ...more] = found("a-dev", "x-a-dev.example.org", "dev-vcluster");
    assert.deepEqual([problem?.path, problem?.code, more], ["environment", "hostname-in-use", []]);
    assert.match(problem?.problem ?? "", /^Ingress dev-vcluster\/web .*"x-a-dev\.example\.org"/);
    assert.match(problem?.fix ?? "", /"dev"/);
  });

  it("reports none that belongs to its holder, is an API host, or is not an environment's", () => {
    assert.deepEqual(found("dev", "x-a-dev.example.org", "a-dev-vcluster"), []);
    assert.deepEqual(found("dev", "x-dev.example.org", "dev-vcluster"), []);
    assert.deepEqual(found("dev", "x-dev.example.org", "monitoring"), []);
    assert.deepEqual(found("dev", "x-dev.example.com", "a-dev-vcluster"), []);
    assert.deepEqual(found("vcluster", "dev-vcluster.example.org", "dev-vcluster"), []);
    assert.deepEqual(found("vcluster", "x.dev-vcluster.example.org", "dev-vcluster"), []);
    assert.equal(found("dev", "x-dev.example.org", "a-dev-vcluster").length, 1);
  });
});

describe("EnvironmentRegistry", () => {
  it("reports each duplicate", () => {
    const provider = fc.constantFrom("one host", "another host");
    fc.assert(
      fc.property(
        fc.array(fc.record({ environment: fc.constantFrom("a", "b", "c"), zone: fc.constantFrom("x", "y"), provider })),
        (environments) => {
          const program = new EnvironmentRegistry();
          environments.forEach(({ environment, zone, provider: host }, index) => {
            const before = environments.slice(0, index);
            const expected = before.some(
              (one) => one.environment === environment && (one.zone === zone || one.provider === host),
            );
            const found = program.add(`component-${index}`, settings(environment, { domain: zone }), host);
            assert.equal(found.length, expected ? 1 : 0);
          });
        },
      ),
    );
  });

  it("reports an Application that an earlier environment on the same host has", () => {
    const env = (environment: string, application: string, namespace = "argocd") => {
      const applications = { [application]: { repository: "https://git.example.org/a.git" } };
      return settings(environment, { domain: "example.org", applications, argocd: { namespace } });
    };
    const found = (second: ReturnType<typeof env>, host = "one host") => {
      const program = new EnvironmentRegistry();
      assert.deepEqual(program.add("one", env("dev", "a-b"), "one host"), []);
      return program.add("two", second, host).map(({ path, code }) => `${path}: ${code}`);
    };
    assert.deepEqual(found(env("b-dev", "a")), ["applications.a: application-duplicate"]);
    assert.deepEqual(found(env("b-dev", "a", "gitops")), []);
    assert.deepEqual(found(env("b-dev", "a"), "another host"), []);
    assert.deepEqual(found(env("c-dev", "a")), []);
  });
});

describe("argocdConflicts", () => {
  const applications = { "a-b": { repository: "https://git.example.org/a.git" } };
  const env = settings("dev", { domain: "example.org", applications });
  const { inClusterUrl } = env.names;
  const label = (environment: string) => ({ "vcluster-environments/environment": environment });
  const marks = { "pulumi.com/deletionPropagationPolicy": "background", "pulumi.com/patchForce": "true" };
  const secret = (server: string, annotations: Record<string, string> = {}) => ({
    argocdCluster: { metadata: { annotations }, data: { server: base64(server) } },
  });
  const project = (servers: string[], annotations: Record<string, string> = {}) => {
    const destinations = servers.map((server) => ({ server, namespace: "*" }));
    return { argocdProject: { metadata: { annotations }, spec: { destinations } } };
  };
  const application = (destination: object, labels: Record<string, string> = {}) => ({
    argocdApplications: [{ metadata: { name: "a-b-dev", labels }, spec: { destination } }],
  });
  const HERE = { server: "https://kubernetes.default.svc" };
  const delivering = (namespace: string, annotations: Record<string, string> = {}, cluster: object = HERE) => ({
    delivering: { metadata: { annotations }, spec: { destination: { ...cluster, namespace } } },
  });
  const found = (objects: Partial<ArgocdObjects>, of = env) =>
    argocdConflicts(of, {
      argocdCluster: undefined,
      argocdProject: undefined,
      argocdApplications: [],
      delivering: undefined,
      ...objects,
    }).map(({ path, code }) => `${path}: ${code}`);

  const others: [string, Partial<ArgocdObjects>, string][] = [
    ["a Secret of another cluster", secret("https://elsewhere"), "environment"],
    ["a Secret that is none of a cluster", { argocdCluster: { data: {} } }, "environment"],
    ["a Secret with one of the annotations", secret("", { "pulumi.com/patchForce": "true" }), "environment"],
    ["a Secret of another name with the cluster's name", { argocdNamesakes: ["theirs"] }, "environment"],
    ["an AppProject with other destinations too", project([inClusterUrl, "https://elsewhere"]), "environment"],
    ["an AppProject without destinations", project([]), "environment"],
    ["an Application for the chart that was made by hand", delivering("elsewhere"), "environment"],
    ...[{ server: "https://elsewhere" }, { name: "elsewhere" }, {}].map(
      (cluster): [string, Partial<ArgocdObjects>, string] => [
        `an Application for the namespace of that name on the cluster ${JSON.stringify(cluster)}`,
        delivering(env.names.namespace, {}, cluster),
        "environment",
      ],
    ),
    ["an Application that was made by hand", application({ server: "https://elsewhere" }), "applications.a-b"],
    ["an Application of `b-dev`", application({ name: "b-dev-vcluster" }, label("b-dev")), "applications.a-b"],
  ];
  for (const [title, objects, path] of others) {
    it(`refuses ${title}`, () => {
      assert.deepEqual(found(objects), [`${path}: argocd-object-in-use`]);
    });
  }

  it("lets the environment have what it has made, from before there were marks or changed by hand since", () => {
    for (const objects of [
      {},
      secret(inClusterUrl),
      secret("https://elsewhere", { domain: "example.org", ...marks }),
      project([inClusterUrl]),
      project([inClusterUrl, inClusterUrl]),
      project(["*"], marks),
      delivering(env.names.namespace),
      delivering(env.names.namespace, {}, { name: "in-cluster" }),
      delivering(env.names.namespace, marks, { server: "https://elsewhere" }),
      delivering("elsewhere", marks),
      application({ name: "dev-vcluster" }),
      application({ server: `${inClusterUrl}/` }),
      application({ name: "elsewhere" }, label("dev")),
    ]) {
      assert.deepEqual(found(objects), [], JSON.stringify(objects));
    }
  });

  it("looks only at what installs the chart where the environment is not registered", () => {
    const unregistered = settings("dev", { domain: "example.org", argocd: { register: false } });
    assert.deepEqual(found(secret("https://elsewhere"), unregistered), []);
    assert.deepEqual(found(delivering("elsewhere"), unregistered), ["environment: argocd-object-in-use"]);
  });
});

describe("namespaceConflict", () => {
  const names = environmentNames("dev", "example.org");
  it("rejects a namespace that is being deleted, and only that", () => {
    const deleted = namespaceConflict(names, { metadata: { deletionTimestamp: "2026-11-27T06:00:00Z" } });
    assert.deepEqual(
      deleted.map(({ code }) => code),
      ["namespace-terminating"],
    );
    assert.match(deleted[0]?.problem ?? "", /2026-11-27T06:00:00Z/);
    assert.deepEqual([namespaceConflict(names, { metadata: {} }), namespaceConflict(names, undefined)], [[], []]);
  });
});

describe("certificatesConflict", () => {
  const runs = { status: { readyReplicas: 1 } };
  const conflicts = (delivery: "helm" | "argocd", state: Parameters<typeof certificatesConflict>[1]) =>
    certificatesConflict(settings("dev", { domain: "example.org", delivery }), state);

  it("rejects a control plane that Argo CD delivers, that runs, and whose certificates' Secret is gone", () => {
    const [problem] = conflicts("argocd", { statefulSet: runs, hasCertificates: false });
    assert.equal(problem?.code, "certificates-missing");
    assert.match(problem.fix, /rollout restart statefulset\/vcluster-dev-helm/);
    assert.deepEqual(conflicts("helm", { statefulSet: runs, hasCertificates: false }), []);
  });
  it("accepts one that starts, one that has them, and what cannot be read", () => {
    for (const state of [
      { statefulSet: undefined, hasCertificates: false },
      { statefulSet: { status: {} }, hasCertificates: false },
      { statefulSet: runs, hasCertificates: true },
      { statefulSet: runs, hasCertificates: undefined },
    ]) {
      assert.deepEqual(conflicts("argocd", state), []);
    }
  });
});
