import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1ConfigMap, V1Node } from "@kubernetes/client-node";

import { Cluster, reference } from "../../testing/cluster";
import { exec, succeeded } from "../../shared/exec";
import { waitFor } from "../../shared/wait";
import { environment, type Environment, namesOf } from "../support/environments";
import { peer } from "../support/tls";

describe("API behind the passthrough ingress", function () {
  this.timeout(180_000);
  const host = Cluster.host();
  const names = namesOf("dev");
  const ingress = reference("networking.k8s.io/v1", "Ingress", names.ingress, names.namespace);
  const passthrough = "nginx.ingress.kubernetes.io/ssl-passthrough";
  const made = reference("v1", "Namespace", "e2e-made-by-kubectl");
  let directory: string;
  let dev: Environment;

  before(async () => {
    dev = await environment("dev");
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "e2e-kubeconfig-"));
    fs.writeFileSync(path.join(directory, "config"), dev.kubeconfig, { mode: 0o600 });
  });
  after(async () => {
    fs.rmSync(directory, { recursive: true, force: true });
    await host.annotate(ingress, passthrough, "true");
    await dev.cluster.remove(made);
  });

  const kubectl = async (...args: string[]) => {
    const flags = ["--kubeconfig", path.join(directory, "config"), "--request-timeout", "20s"];
    return succeeded(await exec("kubectl", [...flags, ...args], { timeoutMs: 30_000 })).stdout;
  };

  it("presents a certificate of the virtual cluster's CA, the one in the output kubeconfig", async () => {
    // Inside the cluster every namespace holds the authority of the API server that serves it.
    const own = reference("v1", "ConfigMap", "kube-root-ca.crt", "kube-system");
    const authority = (await dev.cluster.get<V1ConfigMap>(own))?.data?.["ca.crt"] ?? "";
    assert.equal(authority.trim(), dev.cluster.authority.trim());
    assert.notEqual(authority.trim(), host.authority.trim());

    const { certificate, authorized, reason } = await peer(dev.apiHost, authority);
    assert.ok(authorized, `${dev.apiHost} is not verified: ${reason}; its issuer is ${certificate.issuer}`);
    assert.ok(certificate.verify(new X509Certificate(authority).publicKey), "it was signed by another key");
  });

  it("lists the host's node with the output kubeconfig", async () => {
    const nodes = (await host.core.listNode()).items.map((node: V1Node) => node.metadata?.name);
    assert.ok(nodes.length > 0);
    const seen = await kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}");
    assert.deepEqual(seen.split(" ").sort(), nodes.sort());
  });

  it("creates a namespace with the output kubeconfig", async () => {
    await dev.cluster.remove(made);
    await kubectl("create", "namespace", made.metadata.name);
    assert.ok(await dev.cluster.get(made));
  });

  it("fails the same certificate check without passthrough, and passes again with it", async () => {
    await host.annotate(ingress, passthrough, null);
    const without = await waitFor(
      async () => {
        const seen = await peer(dev.apiHost, dev.cluster.authority);
        return !seen.authorized && seen;
      },
      { what: "the certificate check to fail without passthrough", timeoutMs: 60_000 },
    );
    // The controller ends TLS itself then, with a certificate of another authority.
    assert.match(without.reason, /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/);

    await host.annotate(ingress, passthrough, "true");
    await waitFor(async () => (await peer(dev.apiHost, dev.cluster.authority)).authorized, {
      what: "the certificate check to pass with passthrough",
      timeoutMs: 60_000,
    });
  });
});
