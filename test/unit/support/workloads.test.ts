import * as assert from "node:assert/strict";

import { isLabel } from "../../../shared/rfc1123";
import { programs } from "../../support/workloads/index";

describe("the ordinary programs of make test-long", () => {
  it("have names of their own that namespaces can have", () => {
    const names = programs.map(({ name }) => name);
    assert.deepEqual([...new Set(names)], names);
    assert.deepEqual(
      names.filter((name) => !isLabel(name)),
      [],
    );
  });

  it("are each looked at, or say why the local host cannot have them", () => {
    const unexplained = programs.filter(({ check, missing }) => (check === undefined) === (missing === undefined));
    assert.deepEqual(unexplained, []);
    assert.ok(programs.filter(({ check }) => check !== undefined).length >= 35);
  });
});
