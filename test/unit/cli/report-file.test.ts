import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { writeReport } from "../../../cli/report-file";

describe("writeReport", () => {
  let directory: string;
  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "report-file-"));
  });
  after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });

  it("writes the file, with its mode", () => {
    const file = path.join(directory, "report");
    writeReport(file, "content", 0o600);
    assert.deepEqual([fs.readFileSync(file, "utf8"), fs.statSync(file).mode & 0o777], ["content", 0o600]);
  });

  it("names a file that cannot be written, and what to do", () => {
    const file = path.join(directory, "none", "report");
    assert.throws(
      () => {
        writeReport(file, "content");
      },
      { code: "report-unwritable", message: /^The file ".*none\/report" cannot be written \(ENOENT\)\. Fix: / },
    );
  });
});
