import * as path from "node:path";

/** The repository's directory: this file is compiled to `<checkout>/bin/shared/checkout.js`. */
export const checkoutDir = path.resolve(__dirname, "..", "..");
