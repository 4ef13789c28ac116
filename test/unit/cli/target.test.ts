import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { environmentName, existingCluster, requireCredentials } from "../../../cli/target";
import { MissingCredentialsError } from "../../../host/kubeconfig";
import { kubeconfig } from "../../../local/settings";

describe("environmentName", () => {
  it("returns the configured name, or the name of the stack", () => {
    assert.equal(environmentName("dev", "config:\n  vcluster-environments:environment: pr-123\n"), "pr-123");
    assert.equal(environmentName("dev", 'config:\n  vcluster-environments:environment: ""\n'), "dev");
    assert.equal(environmentName("dev", "config: {}\n"), "dev");
    assert.equal(environmentName("dev", ""), "dev");
  });
});

describe("existingCluster", () => {
  let home: string;

  before(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "home-"));
  });
  after(() => {
    fs.rmSync(home, { recursive: true });
  });

  it("returns undefined without any configuration, and for the local host's own kubeconfig", () => {
    assert.equal(existingCluster("Pulumi.dev.yaml", "", { HOME: home }), undefined);
    assert.equal(existingCluster("Pulumi.dev.yaml", "config: {}\n", { HOME: home, KUBECONFIG: kubeconfig }), undefined);
  });

  it("returns what selects a cluster: KUBECONFIG, a key of the stack file, ~/.kube/config", () => {
    assert.equal(existingCluster("Pulumi.dev.yaml", "", { HOME: home, KUBECONFIG: "/other" }), "KUBECONFIG=/other");
    for (const key of ["kubeconfig", "context", "cluster"]) {
      const content = `config:\n  kubernetes:${key}: x\n`;
      assert.equal(existingCluster("Pulumi.dev.yaml", content, { HOME: home }), "Pulumi.dev.yaml", key);
    }
    const file = path.join(home, ".kube", "config");
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, "");
    assert.equal(existingCluster("Pulumi.dev.yaml", "", { HOME: home }), file);
  });
});

describe("requireCredentials", () => {
  it("fails before Pulumi starts where its provider would wait at a prompt, and for nothing else", () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kubeconfig-"));
    const KUBECONFIG = path.join(directory, "config");
    const context = (name: string) => ({ name, context: { cluster: "host", user: name } });
    const content = {
      clusters: [{ name: "host", cluster: { server: "https://host.invalid" } }],
      users: [{ name: "somebody", user: { token: "t" } }],
      contexts: [context("somebody"), context("nobody")],
      "current-context": "nobody",
    };
    fs.writeFileSync(KUBECONFIG, JSON.stringify(content));
    const env = { KUBECONFIG };
    assert.throws(() => {
      requireCredentials("", env);
    }, MissingCredentialsError);
    requireCredentials("config: {kubernetes:context: somebody}", env);
    requireCredentials("config: {kubernetes:context: {secure: v1:abc}}", env);
    requireCredentials("config: {kubernetes:kubeconfig: {secure: v1:abc}}", env);
    requireCredentials("", { KUBECONFIG: path.join(directory, "missing") });
    fs.rmSync(directory, { recursive: true });
  });
});
