import * as assert from "node:assert/strict";

import { checkArgs } from "../../../components/validate";
import { chartValues } from "../../../components/vcluster/values";
import { settings } from "../../../components/config/defaults";
import { merge } from "../../../shared/json";
import { committed } from "../../support/argocd-delivery";
import { BLOCKS, HELM_VALUES, RESOURCES } from "../../support/original";

const DOMAIN = "cnoe.localtest.me";

describe("the original", () => {
  it("has blocks at the places that test/long/original.test.ts goes through", () => {
    assert.equal(BLOCKS.size, 23);
    assert.ok(BLOCKS.has("TLS Passthrough Configuration#1"));
    assert.ok(BLOCKS.has("4. Cannot Connect to VCluster API#2"));
  });

  it("has values for the chart that can be written as they are, and change nothing but the scheduler's old name", () => {
    assert.deepEqual(checkArgs("dev", { domain: DOMAIN, values: HELM_VALUES }), []);
    const s = settings("dev", { domain: DOMAIN });
    const old = { controlPlane: { advanced: HELM_VALUES.controlPlane.advanced } };
    assert.deepEqual(chartValues(s, HELM_VALUES), merge(chartValues(s, {}), old));
  });

  for (const stack of ["dev", "staging"] as const) {
    it(`has resources that are those of the committed stack ${stack}`, () => {
      assert.deepEqual(committed(stack)["controlPlane"], RESOURCES[stack]);
    });
  }
});
