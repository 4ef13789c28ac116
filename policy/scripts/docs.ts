import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { policiesPage, profileFile, PROFILES } from "../documentation";

const PACK = path.resolve(__dirname, "../../..");

mkdirSync(path.join(PACK, "profiles"), { recursive: true });
mkdirSync(path.join(PACK, "../docs"), { recursive: true });
for (const profile of PROFILES) writeFileSync(path.join(PACK, "profiles", `${profile}.json`), profileFile(profile));
writeFileSync(path.join(PACK, "../docs/policies.md"), policiesPage());
