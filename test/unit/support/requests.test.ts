import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import { longestGap, requestsDuring } from "../../support/requests";

describe("longestGap", () => {
  const attempts = (...all: [sent: number, answered?: number][]) => all.map(([sent, answered]) => ({ sent, answered }));

  it("is between two answers, however many requests fail in between", () => {
    assert.equal(longestGap(attempts([0, 5], [100, 105], [200], [300], [400, 405])), 300);
  });

  it("ends at the answer and not at the request", () => {
    assert.equal(longestGap(attempts([0, 5], [100, 900], [200, 902], [300, 903])), 895);
  });

  it("counts the time before the first answer, and that after the last one", () => {
    assert.equal(longestGap(attempts([0], [100], [200, 205], [300, 305])), 205);
    assert.equal(longestGap(attempts([0, 5], [100], [200], [300])), 295);
  });
});

describe("requestsDuring", () => {
  it("sends requests at equal intervals until the action ends, and waits for all of them", async () => {
    let sent = 0;
    const request = async () => {
      sent++;
      await delay(60);
      if (sent % 2 === 0) throw new Error("refused");
    };
    const attempts = await requestsDuring(request, 20, () => delay(110).then(() => undefined));
    assert.equal(attempts.length, sent);
    assert.ok(sent >= 3, `${sent} requests, although each takes longer than the interval`);
    assert.ok(attempts.every(({ sent: at, answered }) => answered === undefined || answered - at >= 50));
  });

  it("stops where the action fails", async () => {
    let sent = 0;
    const request = () => Promise.resolve(sent++);
    await assert.rejects(
      requestsDuring(request, 5, () => Promise.reject(new Error("broken"))),
      /broken/,
    );
    const before = sent;
    await delay(30);
    assert.equal(sent, before);
  });
});
