import * as assert from "node:assert/strict";

import { HostError } from "../../../host/client";
import { CodedError, codedMessage } from "../../../shared/coded";

describe("codedMessage", () => {
  it("ends with the code of the problem, once", () => {
    assert.equal(codedMessage(new CodedError("It failed.", "it-failed")), "It failed. [it-failed]");
    assert.equal(codedMessage(new CodedError("It failed. [it-failed]", "it-failed")), "It failed. [it-failed]");
    assert.equal(codedMessage(new HostError("you may not", 403)), "you may not [host-refused]");
    assert.equal(codedMessage(new HostError("no route to host")), "no route to host [host-unreachable]");
  });

  it("is the message alone where there is no code of ours", () => {
    assert.equal(codedMessage(Object.assign(new Error("gone"), { code: "ENOENT" })), "gone");
    assert.equal(codedMessage("text"), "text");
  });
});
