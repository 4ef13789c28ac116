import * as assert from "node:assert/strict";

import { Namespace } from "@pulumi/kubernetes/core/v1";

import { Semaphore } from "../../../components/concurrency";
import { record } from "../../support/mocks";

describe("Semaphore", () => {
  it("runs a limited number at a time, in order of arrival", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    let most = 0;
    const { result } = await record(() => {
      const semaphore = new Semaphore(3);
      return Array.from({ length: 10 }, (_, i) =>
        semaphore.run(() => {
          begun.push(i);
          most = Math.max(most, begun.length - ended.length);
          const made = new Namespace(`made-${i}`);
          made.urn.apply(() => ended.push(i));
          return { result: Promise.resolve(i), last: [made] };
        }),
      );
    });
    const all = [...Array(10).keys()];
    assert.deepEqual(await Promise.all(result), all);
    assert.deepEqual(begun, all);
    assert.equal(most, 3);
  });

  it("calls immediately below the limit", async () => {
    const { result } = await record(() => new Semaphore(1).run(() => ({ result: "made", last: [] })));
    assert.equal(result, "made");
  });
});
