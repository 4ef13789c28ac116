import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { withGenerated } from "../../shared/generated";
import { profileFile, PROFILES, ruleSections } from "../documentation";

const PACK = path.resolve(__dirname, "../../..");

mkdirSync(path.join(PACK, "profiles"), { recursive: true });
for (const profile of PROFILES) writeFileSync(path.join(PACK, "profiles", `${profile}.json`), profileFile(profile));
const page = path.join(PACK, "../docs/policies.md");
writeFileSync(page, withGenerated(readFileSync(page, "utf8"), ruleSections()));
