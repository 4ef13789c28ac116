import * as assert from "node:assert/strict";

import { Environment, type EnvironmentArgs } from "../../../../components";
import { settings } from "../../../../components/config/defaults";
import { shortenedNames } from "../../../../components/sync/synced-names";
import { record } from "../../../support/mocks";

const application = { repository: "https://git.example.org/shop.git", path: "deploy" };
const of = (applications: string[], args: Partial<EnvironmentArgs> = {}): EnvironmentArgs => ({
  domain: "example.org",
  applications: Object.fromEntries(applications.map((name) => [name, application])),
  ...args,
});
// Calculated apart, by the rule in vCluster's pkg/util/translate.
const SHORTENED =
  "Synced names of more than 63 characters are shortened on the host. What is called as its application: " +
  "backstage/backstage-pr-1234-search -> backstage-pr-1234-search-x-backstage-x-vcluster-pr-1-494129fa48 " +
  "(names of up to 20 characters in backstage stay whole)";

describe("shortenedNames", () => {
  it("lists shortened names, and the maximum length", () => {
    const s = settings("pr-1234-search", of(["backstage", "a"]));
    assert.equal(shortenedNames(s), SHORTENED);
  });

  it("returns nothing if no name is shortened", () => {
    assert.equal(shortenedNames(settings("dev", of(["backstage", "nextjs"]))), undefined);
    assert.equal(shortenedNames(settings("e".repeat(38), of([]))), undefined);
  });

  it("is logged by the environment, at preview too", async () => {
    const said: unknown[] = [];
    const { log } = console;
    console.log = (text: unknown) => said.push(text);
    try {
      await record(() => new Environment("pr-1234-search", of(["backstage"])), { preview: true });
    } finally {
      console.log = log;
    }
    assert.deepEqual(said, [`info: [runtime] ${SHORTENED}`]);
  });
});
