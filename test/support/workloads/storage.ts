import * as assert from "node:assert/strict";

import { CLAIM, configMap, container, deployment, object, secret, SLEEPING } from "./manifests";
import type { Program } from "./program";

/** A pod that sleeps, with one volume at /volume. */
const mounting = (volume: object) =>
  deployment("app", container(SLEEPING, { volumeMounts: [{ name: "volume", mountPath: "/volume" }] }), {
    volumes: [{ name: "volume", ...volume }],
  });

/** Programs by what they keep, or are given as files. */
export const storage: readonly Program[] = [
  {
    name: "claim",
    title: "PersistentVolumeClaim: another pod finds what one has written",
    objects: () => [
      object("v1", "PersistentVolumeClaim", "data", { spec: CLAIM }),
      mounting({ persistentVolumeClaim: { claimName: "data" } }),
    ],
    check: async (site) => {
      await site.ready("app");
      await site.prints("app", "echo kept > /volume/file; cat /volume/file", /^kept$/);
      await site.kubectl("delete", "pod", "-l", "app=app");
      await site.ready("app");
      assert.equal(await site.shell("app", "cat /volume/file"), "kept");
      assert.equal(await site.kubectl("get", "pvc", "data", "-o", "jsonpath={.status.phase}"), "Bound");
    },
  },
  {
    name: "claim-growth",
    title: "Growth of a PersistentVolumeClaim",
    missing: "the storage class does not expand: local-path makes directories of the node",
  },
  {
    name: "ephemeral-volume",
    title: "Generic ephemeral volume, gone with its pod",
    objects: () => [mounting({ ephemeral: { volumeClaimTemplate: { spec: CLAIM } } })],
    check: async (site) => {
      await site.ready("app");
      await site.prints("app", "echo here > /volume/file; cat /volume/file", /^here$/);
      await site.kubectl("scale", "deployment/app", "--replicas=0");
      await site.until("the claim to go", async () => (await site.kubectl("get", "pvc", "-o", "name")) === "");
    },
  },
  {
    name: "memory-volume",
    title: "Volume in memory, with a size",
    objects: () => [mounting({ emptyDir: { medium: "Memory", sizeLimit: "16Mi" } })],
    check: async (site) => {
      await site.ready("app");
      await site.prints("app", "echo fast > /volume/file; cat /volume/file /proc/mounts", /^fast[^]*tmpfs \/volume/);
    },
  },
  {
    name: "configmap-update",
    title: "ConfigMap as a volume, updated under a running pod",
    objects: () => [configMap("settings", { level: "info" }), mounting({ configMap: { name: "settings" } })],
    check: async (site) => {
      await site.ready("app");
      await site.kubectl("patch", "configmap", "settings", "--type=merge", "-p", '{"data":{"level":"debug"}}');
      await site.prints("app", "cat /volume/level", /^debug$/);
    },
  },
  {
    name: "secret-update",
    title: "Secret as a volume, updated under a running pod",
    objects: () => [secret("password", { value: "one" }), mounting({ secret: { secretName: "password" } })],
    check: async (site) => {
      await site.ready("app");
      await site.kubectl("patch", "secret", "password", "--type=merge", "-p", '{"stringData":{"value":"two"}}');
      await site.prints("app", "cat /volume/value", /^two$/);
    },
  },
  {
    name: "projected",
    title: "Projected volume of ConfigMap, Secret and the pod's own labels",
    objects: () => [
      configMap("one", { a: "from a map" }),
      secret("two", { b: "from a secret" }),
      mounting({
        projected: {
          sources: [
            { configMap: { name: "one" } },
            { secret: { name: "two" } },
            { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
          ],
        },
      }),
    ],
    check: async (site) => {
      await site.ready("app");
      await site.prints("app", "cat /volume/a /volume/b", /^from a mapfrom a secret$/);
      await site.prints("app", "cat /volume/labels", /^app="app"$/m);
    },
  },
];
