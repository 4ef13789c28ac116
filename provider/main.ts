import { readFileSync } from "node:fs";
import { join } from "node:path";

import { main } from "@pulumi/pulumi/provider/server";

import { checkoutDir } from "../shared/checkout";
import { EnvironmentProvider } from "./provider";

/** The checkout: this file is compiled to `<checkout>/bin/provider/main.js`. */
const schema = join(checkoutDir, "provider", "schema.json");

// Serves until the engine ends it. Pulumi loads this file as the main one of provider/package.json.
void main(new EnvironmentProvider(readFileSync(schema, "utf8")), process.argv.slice(2));
