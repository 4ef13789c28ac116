import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { closure } from "../../../../scripts/release/closure";

describe("the files of a package", () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "closure-"));
  after(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });
  const write = (files: Record<string, string>) => {
    for (const [file, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      fs.writeFileSync(path.join(root, file), text);
    }
  };

  it("are those that its entries import, one by the other, and no older ones", () => {
    write({
      "bin/main.js": 'const a = require("./a/b"); const c = require("./parts"); require("@pulumi/pulumi");',
      "bin/a/b.js": 'require("../main"); exports.data = require("./data.json");',
      "bin/a/data.json": "{}",
      "bin/parts/index.js": "",
      "bin/old.js": "",
    });
    const expected = ["bin/a/b.js", "bin/a/data.json", "bin/main.js", "bin/parts/index.js"];
    assert.deepEqual(closure(root, ["bin/main.js"]), expected);
  });

  it("are for declarations the declarations that they import", () => {
    write({
      "types/main.d.ts": 'export * from "./a"; export declare const b: import("./b").B;',
      "types/a.d.ts": 'import type { C } from "./c"; export type A = C;',
      "types/b.d.ts": "export interface B {}",
      "types/c.d.ts": "export type C = 1;",
      "types/a.js": "",
    });
    const expected = ["types/a.d.ts", "types/b.d.ts", "types/c.d.ts", "types/main.d.ts"];
    assert.deepEqual(closure(root, ["types/main.d.ts"]), expected);
  });

  it("cannot be told when one of them is not compiled", () => {
    write({ "bin/broken.js": 'require("./gone");' });
    assert.throws(() => closure(root, ["bin/broken.js"]), /bin\/broken\.js imports \.\/gone, which is not compiled/);
  });
});
