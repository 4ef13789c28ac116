import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";

import { Cluster, reference } from "../../testing/cluster";
import { succeeded } from "../../shared/exec";
import { waitFor } from "../../shared/wait";
import { destroy, environment, type Environment, namesOf } from "../support/environments";
import { peer } from "../support/tls";

const name = "diagnosis";
const { pod, namespace, ...names } = namesOf(name);
const readiness = `**::${name}-readiness`;
const credential = `**::${name}-argocd-readiness`;
const ingress = reference("networking.k8s.io/v1", "Ingress", names.ingress, namespace);
const passthrough = "nginx.ingress.kubernetes.io/ssl-passthrough";

const config = {
  controlPlane: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
  // What is broken here stays broken: there is nothing to wait for.
  readiness: { timeoutSeconds: 4 },
};

/** Names that lead elsewhere than to the ingress controller, or to it by another name. */
const hostLines = [`127.0.0.66 ${namespace}.closed.test`, `127.0.0.1 ${namespace}.renamed.test`];

describe("failed checks of the API", function () {
  this.timeout(300_000);
  const host = Cluster.host();
  let env: Environment;

  before(async () => {
    setHostLines(hostLines);
    env = await environment(name, { ...config, readiness: { timeoutSeconds: 120 } });
    env.stack.configure(config);
  });
  after(async () => {
    setHostLines([]);
    env.stack.configure(config);
    await destroy(name);
  });

  const up = (flags: string[]) =>
    env.stack.run(["up", "--yes", "--skip-preview", ...env.stack.target(), ...flags], 120_000);

  /** Runs `pulumi up`, which must fail at the check, and gives what it says of the link. */
  async function diagnosis(flags: string[], seconds = 4): Promise<string> {
    const { exitCode, output } = await up(flags);
    assert.notEqual(exitCode, 0, `nothing was found:\n${output}`);
    const bound = `was not ready within ${seconds} s.`;
    assert.ok(output.includes(bound), output);
    return output.slice(output.indexOf(bound));
  }

  /** The documented way to look again when the configuration is the same. */
  const again = (check: string) => ["--target-replace", check];

  async function mended(check = readiness): Promise<void> {
    succeeded(await up(again(check)));
  }

  async function scale(replicas: number): Promise<void> {
    await host.merge(reference("apps/v1", "StatefulSet", env.release, env.namespace), { spec: { replicas } });
  }

  /** Argo CD's account inside, which the binding to its role is named after. */
  async function account(): Promise<string> {
    const { items } = await env.cluster.core.listNamespacedServiceAccount({ namespace: "kube-system" });
    const names = items.map(({ metadata }) => metadata?.name ?? "");
    return names.find((found) => found.startsWith("argocd-manager")) ?? "";
  }

  it("are none in a new environment", async () => {
    await mended();
    await mended(credential);
  });

  it("DNS: the name has no address", async () => {
    env.stack.configure({ ...config, domain: "nowhere.test" });
    const said = await diagnosis(["--target", readiness]);
    assert.match(said, /Failed check: DNS\. diagnosis-vcluster\.nowhere\.test does not resolve \(E\w+\)/);
  });

  it("port: nothing listens at the address", async () => {
    env.stack.configure({ ...config, domain: "closed.test" });
    const said = await diagnosis(["--target", readiness]);
    assert.match(
      said,
      /Failed check: port\. Port 443 of diagnosis-vcluster\.closed\.test is not reachable \(ECONNREFUSED/,
    );
  });

  it("TLS: the server does not speak TLS", async () => {
    const server = http.createServer((_, response) => response.end());
    await new Promise<void>((resolve) => server.listen(443, "127.0.0.66", resolve));
    try {
      const said = await diagnosis(["--target", readiness]);
      assert.match(
        said,
        /Failed check: TLS\. diagnosis-vcluster\.closed\.test does not complete a TLS handshake on port 443/,
      );
    } finally {
      server.close();
    }
  });

  it("certificate: it is not valid for the name", async () => {
    env.stack.configure({ ...config, domain: "renamed.test" });
    const said = await diagnosis(["--target", `**::${name}-ingress`, "--target", readiness]);
    assert.match(said, /Failed check: certificate\. .* lacks the name diagnosis-vcluster\.renamed\.test/);
  });

  it("ingress class: no controller serves it", async () => {
    env.stack.configure({ ...config, ingress: { className: "nobody" } });
    const said = await diagnosis([]);
    assert.match(
      said,
      /Failed check: ingress class\. .* of class "nobody" at this address; it returned 404: 404 page not found/,
    );
    env.stack.configure(config);
    succeeded(await up([]));
  });

  it("passthrough: the controller terminates TLS", async () => {
    await host.annotate(ingress, passthrough, null);
    try {
      await waitFor(async () => !(await peer(env.apiHost, env.cluster.authority)).authorized, {
        what: "the controller to end TLS",
        timeoutMs: 30_000,
      });
      const said = await diagnosis(again(readiness));
      assert.match(said, /Failed check: passthrough\. .* issued by "TRAEFIK DEFAULT CERT", not by the virtual cluster/);
    } finally {
      await host.annotate(ingress, passthrough, "true");
    }
    await waitFor(async () => (await peer(env.apiHost, env.cluster.authority)).authorized, {
      what: "the controller to pass TLS through again",
      timeoutMs: 30_000,
    });
  });

  it("RBAC: Argo CD's account has lost its role, with the API's message", async () => {
    await env.cluster.remove(reference("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", await account()));
    const said = await diagnosis(again(credential));
    assert.match(
      said,
      /Failed check: RBAC\. The API server rejected Argo CD with 403: namespaces is forbidden: User "system:serv/,
    );
  });

  it("RBAC: Argo CD's token was revoked", async () => {
    await env.cluster.remove(reference("v1", "ServiceAccount", await account(), "kube-system"));
    // The API remembers for ten seconds that it has accepted a token.
    env.stack.configure({ ...config, readiness: { timeoutSeconds: 20 } });
    const said = await diagnosis(again(credential), 20);
    env.stack.configure(config);
    assert.match(said, /Failed check: RBAC\. The API server rejected Argo CD with 401: Unauthorized/);
  });

  it("API: the control plane is down", async () => {
    await scale(0);
    await host.waitFor(async () => !(await host.get(reference("v1", "Pod", pod, env.namespace))), {
      what: "the control plane to be down",
      timeoutMs: 60_000,
      namespace: env.namespace,
    });
    const said = await diagnosis(again(readiness));
    assert.match(said, /Failed check: API\. .*(no backend answers|has no ready pod)/);
    assert.match(said, /kubectl get pod -n diagnosis-vcluster vcluster-diagnosis-helm-0/);
  });
});

/** Lines of the test's own in /etc/hosts, in place of those that an earlier run has left. */
function setHostLines(lines: string[]): void {
  const others = fs
    .readFileSync("/etc/hosts", "utf8")
    .split("\n")
    .filter((line) => !hostLines.includes(line));
  fs.writeFileSync("/etc/hosts", [...lines, ...others].join("\n"));
}
