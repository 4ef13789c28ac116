import * as assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";

import { bundle } from "../../../doctor/bundle/bundle";
import { ROWS } from "../../../doctor/rows";
import { examine } from "../../../doctor/run";
import type { HostClient } from "../../../host/client";
import { base64 } from "../../../shared/base64";
import { getIn, type JsonObject } from "../../../shared/json";
import { holds } from "../../support/canary";
import { CANARY, healthySnapshot } from "../../support/doctor-snapshot";
import { FAULTS } from "../../support/doctor-faults";

/** Another secret, in a form that nothing recognizes by its look. */
const PLAIN = "correct horse battery";
const WORD = "xyzzy-secret-9";

describe("bundle of the doctor", () => {
  const log = `started with ${CANARY}\npassword is ${WORD}, in base64 ${base64(WORD)}\nnext line`;
  const kubeconfig = `users:\n- name: a\n  user:\n    token: ${CANARY}\n`;
  const answers = {
    text: () => Promise.resolve(log),
    list: () =>
      Promise.resolve([
        { data: { word: base64(WORD), kubeconfig: base64(kubeconfig), short: base64("true"), plain: base64(PLAIN) } },
        { type: "helm.sh/release.v1", data: { release: base64("vcluster-dev-helm") } },
      ]),
    find: () => Promise.resolve({ data: { config: base64(JSON.stringify({ bearerToken: CANARY })) } }),
  };
  const host = answers as unknown as HostClient;

  async function packed(client = host): Promise<{ text: string; content: JsonObject }> {
    const snapshot = healthySnapshot();
    FAULTS.find(({ code }) => code === "control-plane-crashing")?.breaks(snapshot);
    // Where people should not have put it, and do.
    Object.assign(snapshot.read.pods[0]?.metadata ?? {}, {
      annotations: { "example.org/key": CANARY, "vcluster.loft.sh/object-name": "web" },
      labels: { ...snapshot.read.pods[0]?.metadata?.labels, hidden: WORD },
    });
    const text = gunzipSync(await bundle(client, snapshot, examine(ROWS, snapshot))).toString();
    return { text, content: JSON.parse(text) as JsonObject };
  }

  it("holds no secret, wherever it was", async () => {
    const { text } = await packed();
    for (const secret of [CANARY, WORD, PLAIN]) assert.ok(!holds(text, secret), secret);
  });

  it("has the report, objects, switches of the chart, and logs of both runs", async () => {
    const { content } = await packed();
    assert.equal(getIn(content, "report", "state"), "findings");
    assert.equal(getIn(content, "names", "release"), "vcluster-dev-helm");
    assert.equal(getIn(content, "objects", "state", "values", "sync", "fromHost", "nodes", "enabled"), true);
    assert.equal(
      getIn(content, "objects", "state", "values", "sync", "fromHost", "secrets", "mappings", "byName", "shared/*"),
      "config/*",
    );
    assert.equal(getIn(content, "objects", "state", "values", "secretValue"), undefined);
    const logs = content["logs"] as Record<string, string>;
    assert.deepEqual(Object.keys(logs), ["vcluster-dev-helm-0 syncer", "vcluster-dev-helm-0 syncer before"]);
    assert.match(
      logs["vcluster-dev-helm-0 syncer"] ?? "",
      /^started with \*\*\*\npassword is \*\*\*, in base64 \*\*\*\nnext line$/,
    );
    const [pod] = getIn(content, "objects", "pods") as JsonObject[];
    assert.deepEqual(getIn(pod, "metadata", "annotations"), {
      "example.org/key": "left out",
      "vcluster.loft.sh/object-name": "web",
    });
  });

  it("has no logs where Secrets may not be read, and says so", async () => {
    const denied = { ...answers, list: () => Promise.reject(new Error("forbidden")) } as unknown as HostClient;
    const { content, text } = await packed(denied);
    assert.equal(getIn(content, "made", "secretsRead"), false);
    assert.deepEqual(content["logs"], {});
    assert.ok(!holds(text, CANARY));
  });
});
