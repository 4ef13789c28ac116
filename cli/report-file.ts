import * as fs from "node:fs";

import { CodedError } from "../shared/coded";

/**
 * Writes a report to the file that the user has named.
 *
 * @param mode of a new file. Default: as the umask has it
 * @throws CodedError `report-unwritable` with the system's code
 */
export function writeReport(file: string, content: string | Buffer, mode?: number): void {
  try {
    fs.writeFileSync(file, content, { mode });
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new CodedError(
      `The file "${file}" cannot be written (${code}). Fix: name a file in an existing directory that this user may write to.`,
      "report-unwritable",
    );
  }
}
