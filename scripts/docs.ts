import * as fs from "node:fs";
import * as path from "node:path";

import { checkoutDir } from "../shared/checkout";
import { withGenerated } from "../shared/generated";
import { configurationKeys } from "./configuration";
import { argumentsSchema, configurationSections, configurationSchema, markdown, readmeTable } from "./documents";
import { doctorSections } from "./doctor";
import { packageSchema } from "./package-schema";
import { versionTables } from "./versions";

/** The keys that most stacks set. */
const IN_README = ["environment", "domain", "kubernetesVersion", "persistence", "ingress"];

/** Every generated file, by its path in the checkout, as it should be. */
export async function documents(): Promise<Record<string, string>> {
  const keys = configurationKeys();
  const page = (file: string) => fs.readFileSync(path.join(checkoutDir, file), "utf8");
  return {
    "components/config/schema.json": await argumentsSchema(keys),
    "docs/configuration.md": withGenerated(page("docs/configuration.md"), await configurationSections(keys)),
    "docs/configuration.schema.json": await configurationSchema(keys),
    "docs/doctor.md": withGenerated(page("docs/doctor.md"), await doctorSections()),
    "docs/versions.md": withGenerated(page("docs/versions.md"), await markdown(versionTables())),
    "provider/schema.json": await packageSchema(keys),
    "README.md": withGenerated(page("README.md"), await readmeTable(keys, IN_README)),
  };
}

if (require.main === module) {
  void documents().then((files) => {
    for (const [file, content] of Object.entries(files)) fs.writeFileSync(path.join(checkoutDir, file), content);
  });
}
