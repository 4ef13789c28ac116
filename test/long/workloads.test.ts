import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { domain, network } from "../../local/settings";
import { table } from "../../shared/table";
import { Cluster } from "../../testing/cluster";
import { destroy, environment } from "../support/environments";
import { keepResult } from "../support/results";
import { programs } from "../support/workloads/index";
import { clusterObject } from "../support/workloads/manifests";
import type { Program } from "../support/workloads/program";
import { Site } from "../support/workloads/site";

const PROFILES = ["default", "hardened"] as const;
type Verdict = "runs" | "fails" | "cannot be had here";

/** Programs are created so many at a time: each is a process of kubectl. */
const AT_A_TIME = 4;

/** Programs of this run: `WORKLOADS=service,patroni` runs only these, and keeps no table. @throws Error for an unknown name */
const only = process.env["WORKLOADS"]?.split(",");
const chosen = only === undefined ? programs : only.map(programOf);

function programOf(name: string): Program {
  const program = programs.find((candidate) => candidate.name === name);
  if (program === undefined) {
    const names = programs.map((candidate) => candidate.name).join(", ");
    throw new Error(`WORKLOADS: there is no program "${name}". Allowed: ${names}.`);
  }
  return program;
}

/** The keys that some programs need, and room for all of them at the same time on a small machine. */
const configuration = (profile: string) => ({
  domain,
  argocd: { register: false },
  persistence: { size: "1Gi" },
  isolation: {
    profile,
    quota: {
      pods: 90,
      "limits.memory": "64Gi",
      "limits.ephemeral-storage": "120Gi",
      "services.loadbalancers": 1,
    },
    containerRequests: { cpu: "1m", memory: "8Mi", "ephemeral-storage": "1Mi" },
    allow: { endpoints: [network.podCidr], externalNames: ["db.example.org"] },
  },
});

describe("ordinary workloads", function () {
  this.timeout(900_000);
  const host = Cluster.host();
  const verdicts = new Map<Program, Verdict[]>(chosen.map((program) => [program, []]));
  let directory: string;

  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "workloads-"));
  });
  after("print and keep the table", () => {
    const rows = chosen.map((program) => {
      const { name, title, key = "", missing = "" } = program;
      return [name, title, ...(verdicts.get(program) ?? []), missing || (key && `needs ${key}`)];
    });
    const text = table([["program", "what it is", ...PROFILES, "remark"], ...rows]);
    console.log(text);
    if (only === undefined) keepResult("workloads", { title: "Ordinary workloads", text, data: rows });
    fs.rmSync(directory, { recursive: true });
  });

  for (const profile of PROFILES) {
    describe(`in the profile ${profile}`, () => {
      const name = `wl-${profile}`;
      let outcomes: Map<Program, PromiseSettledResult<unknown>>;

      before(async () => {
        const env = await environment(name, configuration(profile));
        const file = path.join(directory, profile);
        fs.writeFileSync(file, env.kubeconfig, { mode: 0o600 });
        const here = chosen.filter(({ missing }) => missing === undefined);
        const sites = new Map(here.map((program) => [program, new Site(host, env, file, program.name)]));
        const made = await createAll(sites);
        // All at once, as in an environment that is in use.
        const checks = here.map(async (program) => {
          const site = sites.get(program);
          if (site === undefined) return;
          try {
            await made.get(program);
            await program.check?.(site);
          } catch (error) {
            throw await site.explained(error);
          }
        });
        const settled = await Promise.allSettled(checks);
        outcomes = new Map(here.map((program, index) => [program, settled[index] as PromiseSettledResult<unknown>]));
      });
      after(() => destroy(name));

      for (const program of chosen) {
        it(`${program.title}${program.missing === undefined ? "" : `: cannot be had here: ${program.missing}`}`, () => {
          const outcome = outcomes.get(program);
          const verdict =
            outcome === undefined ? "cannot be had here" : outcome.status === "fulfilled" ? "runs" : "fails";
          verdicts.get(program)?.push(verdict);
          if (outcome?.status === "rejected") throw outcome.reason;
        });
      }
    });
  }
});

/** Creates the objects of all programs; what became of each is its own promise. */
async function createAll(sites: ReadonlyMap<Program, Site>): Promise<Map<Program, Promise<void>>> {
  const made = new Map<Program, Promise<void>>();
  const queue = [...sites];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [program, site] = next;
      const creation = create(program, site);
      made.set(program, creation);
      await creation.catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return made;
}

async function create({ name, objects }: Program, site: Site): Promise<void> {
  await site.create([clusterObject("v1", "Namespace", name)]);
  const made = objects?.(site) ?? [];
  if (made.length > 0) await site.create(made);
}
