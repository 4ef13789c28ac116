import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { modules } from "../../../local/modules";
import { localDir, otherVclusters, vclusterModule, versions as hostVersions } from "../../../local/settings";

/** What has a version of its own in a program: the beginnings of the dependencies' names. */
const EXCEPTIONS: Record<string, string[]> = {
  // What users run is upstream's release: the tests of isolation are about it.
  ...Object.fromEntries([hostVersions.vcluster, ...otherVclusters].map((version) => [vclusterModule(version), [""]])),
  // It requires another etcd than the host's, which requires newer libraries.
  kine: ["go.etcd.io/", "go.opentelemetry.io/", "github.com/grpc-ecosystem/grpc-gateway"],
  // With the others' versions these do not compile.
  traefik: [
    "github.com/docker/",
    "go.opentelemetry.io/otel/log",
    "go.opentelemetry.io/otel/sdk/log",
    "go.opentelemetry.io/otel/exporters/otlp/otlplog",
  ],
  pulumi: ["github.com/olekukonko/tablewriter"],
};

/** Versions that a go.mod asks for. */
function required(folder: string): Map<string, string> {
  const text = fs.readFileSync(path.join(localDir, "go", folder, "go.mod"), "utf8");
  const blocks = [...text.matchAll(/^require \(\n([^)]*)^\)|^require (\S+ v\S+)/gm)];
  const lines = blocks.flatMap(([, block = "", line = ""]) => `${block}${line}`.split("\n"));
  return new Map(lines.map((line) => line.trim().split(" ")).map(([name = "", version = ""]) => [name, version]));
}

describe("programs of the local host", () => {
  it("have the vCluster whose images and chart the host has", () => {
    for (const version of [hostVersions.vcluster, ...otherVclusters]) {
      assert.equal(required(vclusterModule(version)).get("github.com/loft-sh/vcluster"), `v${version}`);
    }
  });

  // The compiler's cache knows a package by its version and by those of all that it imports: one that differs far below is enough
  // for everything above to be compiled again.
  it("have the same version of what several of them use", () => {
    const users = new Map<string, Map<string, string[]>>();
    const names = modules.filter(({ folder }) => folder === undefined).map(({ name }) => name);
    for (const name of [...names, "admission-oracle"]) {
      const own = ["github.com/pulumi/", ...(EXCEPTIONS[name] ?? [])];
      for (const [dependency, version] of required(name)) {
        if (dependency === "" || own.some((beginning) => dependency.startsWith(beginning))) continue;
        const versions = users.get(dependency) ?? new Map<string, string[]>();
        users.set(dependency, versions.set(version, [...(versions.get(version) ?? []), name]));
      }
    }
    assert.ok(users.size > 300);
    const differing = [...users].filter(([, versions]) => versions.size > 1);
    assert.deepEqual(
      differing.map(([dependency, versions]) => `${dependency}: ${JSON.stringify(Object.fromEntries(versions))}`),
      [],
    );
  });
});
