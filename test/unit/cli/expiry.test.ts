import * as assert from "node:assert/strict";

import { expiry, renewalOf, report } from "../../../cli/commands/expiry";
import type { Environment } from "../../../cli/running-environment";
import { environmentNames } from "../../../components/names";
import type { HostClient } from "../../../host/client";
import { Authority } from "../../support/certificates";
import { base64 } from "../../../shared/base64";

const DAY_MS = 86_400_000;

describe("expiry report", function () {
  this.timeout(30_000);
  const names = environmentNames("dev", "example.invalid");
  const now = new Date();
  let environment: Environment;

  before(async () => {
    const authority = await Authority.create();
    const days = async (count: number) => (await authority.issue({ commonName: "x", days: count })).certificate;
    const claims = {
      iat: Math.floor(now.getTime() / 1000) - 5 * 86_400,
      exp: Math.floor(now.getTime() / 1000) + 400 * 86_400,
    };
    const bearerToken = `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
    const secrets: Record<string, Record<string, string>> = {
      "vcluster-dev-helm-certs": { "a.crt": base64(await days(29)), "b.crt": base64(await days(-1)), "sa.pub": "x" },
      "vc-vcluster-dev-helm": { "client-certificate": base64(await days(90)) },
    };
    const host = {
      get: (path: string) => Promise.resolve({ data: secrets[path.replace(/^.*\/dev-vcluster\/secrets\//, "")] }),
      list: () =>
        Promise.resolve([
          { data: { server: base64(names.inClusterUrl), config: base64(JSON.stringify({ bearerToken })) } },
        ]),
    } as unknown as HostClient;
    const kubeconfig = JSON.stringify({ user: { "client-certificate-data": base64(await days(31)) } }, undefined, 2);
    environment = { names, host, kubeconfig, registered: true };
  });

  it("lists what expires within 30 days, what has expired, and what could not be read", async () => {
    const rows = await expiry(environment, undefined, now);
    assert.deepEqual(
      rows.map(({ name, state }) => [name, state]),
      [
        ["certificate of dev-vcluster.example.invalid", "unknown"],
        ["vcluster-dev-helm-certs: a.crt", "warning"],
        ["vcluster-dev-helm-certs: b.crt", "expired"],
        ["vc-vcluster-dev-helm: client-certificate", "ok"],
        ["output kubeconfig", "ok"],
        ["token of Argo CD", "ok"],
      ],
    );
    assert.deepEqual([rows[5]?.ageDays, rows[5]?.daysLeft], [5, 399]);
    assert.equal(rows[5]?.until, new Date(Math.floor(now.getTime() / 1000) * 1000 + 400 * DAY_MS).toISOString());
    assert.match(rows[0]?.problem ?? "", /example\.invalid/);
  });

  it("prints a table without secrets", async () => {
    const lines = report(await expiry(environment, undefined, now)).split("\n");
    assert.match(lines[0] ?? "", /^ +what +days left +until +made$/);
    assert.match(
      lines[2] ?? "",
      /^warning {2}vcluster-dev-helm-certs: a\.crt +\d+ +\d{4}-\d\d-\d\d {2}\d{4}-\d\d-\d\d$/,
    );
    assert.equal(lines.length, 7);
  });

  it("has no token if the environment is not registered", async () => {
    const rows = await expiry({ ...environment, registered: false }, undefined, now);
    assert.ok(!rows.some(({ name }) => name.includes("Argo CD")));
  });

  it("names the command that renews each, by who renews certificates in the version that runs", async () => {
    const later = new Date(now.getTime() + 500 * DAY_MS);
    const fixes = async (chart?: string) =>
      Object.fromEntries((await expiry(environment, chart, later)).map(({ name, fix }) => [name, fix]));
    const old = await fixes("0.30.0");
    assert.equal(old["vcluster-dev-helm-certs: a.crt"], "`make renew`");
    assert.equal(old["output kubeconfig"], "`make renew`");
    assert.equal(old["token of Argo CD"], "`make rotate`");
    const renewing = await fixes("0.34.0");
    assert.match(renewing["vcluster-dev-helm-certs: a.crt"] ?? "", /^`make renew`, and the control plane's log/);
    assert.match(renewing["output kubeconfig"] ?? "", /^`pulumi up`/);
    assert.equal(renewing["certificate of dev-vcluster.example.invalid"], undefined);
    assert.match(renewalOf("0.26.0"), /does not renew them while it runs; `make renew` does/);
    assert.match(renewalOf("0.36.1"), /renews them by itself 90 days before/);
  });
});
