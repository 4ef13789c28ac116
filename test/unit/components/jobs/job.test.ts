import * as assert from "node:assert/strict";
import { isBuiltin } from "node:module";

import { program } from "../../../../components/jobs/job";
import { runShipped, unpacked } from "../../../support/jobs";

/** Each job with input that is as small as possible: what is measured is the program. */
const texts = {
  applications: program("applications", {
    host: {},
    environment: { name: "", uid: "" },
    label: "",
    namespace: "",
    cluster: { name: "", server: "", apiUrl: "", secretUid: "" },
    controlPlane: { namespace: "", release: "" },
    applications: [],
    syncTimeoutSeconds: 0,
    deleteTimeoutSeconds: 0,
  }),
  guard: program("guard", { host: {}, environment: { name: "", uid: "" } }),
  "service-account-token": program("service-account-token", {
    host: "",
    port: 0,
    caCertificate: "",
    account: { name: "", namespace: "" },
    objects: [],
    namespaces: [],
    timeoutSeconds: 0,
  }),
  "api-readiness": program("api-readiness", {
    host: "",
    port: 0,
    caCertificate: "",
    timeoutSeconds: 0,
    route: "",
    pod: "",
  }),
};

/**
 * Largest size in bytes. The state has the text twice for each command, as input and as output, and a state is read and
 * written as a whole at every operation: an environment's eight commands are to stay below 250 KiB of it. Half of
 * `applications` and `guard` are the YAML parser for kubeconfigs.
 */
const LIMITS = {
  applications: 25 * 1024,
  guard: 25 * 1024,
  "service-account-token": 5 * 1024,
  "api-readiness": 4 * 1024,
};

describe("job script in the state", () => {
  for (const [name, text] of Object.entries(texts)) {
    const limit = LIMITS[name as keyof typeof LIMITS];
    it(`of ${name} is at most ${limit / 1024} KiB`, function () {
      const size = Buffer.byteLength(text);
      console.log(`      ${name}: ${size} bytes`);
      assert.ok(size > 1000 && size <= limit, `${size} bytes`);
    });

    it(`of ${name} requires only modules of Node.js`, () => {
      const required = [...unpacked(text).matchAll(/\brequire\("([^"]+)"\)|\w\("(node:[^"]+)"\)/g)].map(
        (one) => one[1] ?? one[2] ?? "",
      );
      assert.ok(required.length > 0);
      assert.deepEqual(
        required.filter((module) => !isBuiltin(module)),
        [],
      );
    });

    it(`of ${name} contains no path of this machine`, () => {
      assert.ok(!unpacked(text).includes(process.cwd()));
      assert.ok(!unpacked(text).includes("sourceMappingURL"));
    });

    it(`of ${name} rejects an unknown action`, async () => {
      const { status, stdout, stderr } = await runShipped(text, "sing");
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, /^There is no action "sing"\. Allowed: .*\. \[job-action-unknown\]\n$/);
    });
  }
});
