import * as assert from "node:assert/strict";

import type { V1Ingress, V1Namespace, V1Pod } from "@kubernetes/client-node";

import { syncedName } from "../../components/names";
import { KEYS } from "../../components/isolation/admission/keys";
import { domain } from "../../local/settings";
import { table } from "../../shared/table";
import { waitFor } from "../../shared/wait";
import { Cluster } from "../../testing/cluster";
import {
  type Attempt,
  attempts,
  carryOut,
  certificatesOf,
  CLASS,
  clear,
  hostOf,
  NAMESPACE,
  type Outcome,
  type Place,
  startTraefik,
  untilEnforced,
} from "../support/annotated-ingresses";
import { destroy, environment, type Environment } from "../support/environments";
import { keepResult } from "../support/results";
import { httpGet } from "../support/tls";
import { plainPod } from "../support/attacks/fixture";

/** So many Ingresses are on the host at a time. */
const BATCH = 60;
/** Pages below /x0/ to this one. */
const PAGES = 600;

const NAMES = ["anna", "annb"] as const;
const configuration = (profile: string) => ({
  domain,
  argocd: { register: false },
  isolation: {
    profile,
    quota: { "count/ingresses.networking.k8s.io": 150 },
    allow: { ingressClasses: [CLASS] },
  },
});

/** Worst first. */
const ORDER: Outcome[] = ["reaches the other", "taken", "left out", "refused"];

describe("annotations that ingress controllers know", function () {
  this.timeout(900_000);
  const host = Cluster.host();
  const outcomes = new Map<string, Map<Attempt, Outcome>>();
  let place: Place;
  let all: Attempt[];
  let stop = () => Promise.resolve();

  before(async () => {
    const traefik = await startTraefik(host);
    stop = traefik.stop;
    const [own, other] = await Promise.all([
      environment(NAMES[0], configuration("open")),
      environment(NAMES[1], configuration("default")),
    ]);
    const pages = { own: "a page of anna", other: "a page of annb" };
    const found = { host, own, other, pages, traefik: traefik.at };
    place = { ...found, certificates: await certificatesOf(found) };
    await Promise.all([serve(own, pages.own), serve(other, pages.other)]);
    const { status } = await host.podReady(other.namespace, syncedName("web", NAMESPACE, other.release), 60_000);
    await publish(place);
    all = attempts(other, status?.podIP ?? "");
    assert.ok(all.length < PAGES, `${all.length}`);
  });
  after("print and keep what became of them", async () => {
    const text = report(outcomes);
    console.log(text);
    const data = [...outcomes].map(([profile, of]) => ({
      profile,
      attempts: [...of].map(([one, outcome]) => ({ ...one, outcome })),
    }));
    keepResult("ingress-annotations", { title: "Annotations that ingress controllers know", text, data });
    await stop();
    await Promise.all(NAMES.map((name) => destroy(name)));
  });

  for (const profile of ["open", "default"]) {
    describe(`under the profile ${profile}`, () => {
      const found = new Map<Attempt, Outcome>();

      before(async () => {
        if (profile !== "open") {
          place.own.stack.configure(configuration(profile));
          await place.own.stack.up();
          await untilEnforced(place);
        }
        outcomes.set(profile, found);
        for (let start = 0; start < all.length; start += BATCH) {
          const batch = all.slice(start, start + BATCH);
          const results = await carryOut(batch, place);
          for (const [index, attempt] of batch.entries()) found.set(attempt, results[index] ?? "refused");
          await clear(place, batch);
        }
      });

      const reaching = () => [...found].filter(([, outcome]) => outcome === "reaches the other").map(([one]) => one);

      if (profile === "open") {
        it("some reach the other environment: by the host, and by a matcher of Traefik's", () => {
          const keys = reaching().map(({ controller, key }) => `${controller}: ${key || "the host"}`);
          for (const one of [
            "ingress-nginx: the host",
            "Traefik 3.6: the host",
            "Traefik 3.6: traefik.ingress.kubernetes.io/router.pathmatcher",
          ]) {
            assert.ok(keys.includes(one), `${one} is not among ${keys.join(", ")}`);
          }
        });
        return;
      }

      it("none reaches the other environment", () => {
        assert.equal(found.size, all.length);
        assert.deepEqual(reaching().map(titleOf), []);
      });

      it("those that are not in the list of allowed keys are refused, all of them", () => {
        const wrong = [...found].filter(([attempt, outcome]) => !isAllowed(attempt) && outcome !== "refused");
        assert.deepEqual(
          wrong.map(([one, outcome]) => `${titleOf(one)}: ${outcome}`),
          [],
        );
      });

      it("those that are in the list are taken, with a plain value", () => {
        const plain = [...found].filter(
          ([attempt]) => isAllowed(attempt) && attempt.value === "true" && attempt.key !== CLASS_KEY,
        );
        assert.ok(plain.length > 80, `${plain.length}`);
        const wrong = plain.filter(([, outcome]) => outcome === "refused");
        assert.deepEqual(
          wrong.map(([one]) => titleOf(one)),
          [],
        );
      });
    });
  }
});

const CLASS_KEY = "kubernetes.io/ingress.class";

const titleOf = ({ controller, key, on, value }: Attempt) => `${controller}: ${on} with ${key}: ${value}`;

function isAllowed({ key, on }: Attempt): boolean {
  const kind = on === "Ingress" ? "networking.k8s.io/ingresses" : "services";
  return KEYS.some(({ kinds, annotations }) => kinds.includes(kind) && annotations.includes(key));
}

/** A page at every path that an attempt has. */
async function serve({ cluster, namespace, release }: Environment, page: string): Promise<void> {
  const script = `mkdir -p /tmp/www && cd /tmp/www && echo ${page} > index.html
    for i in $(seq 0 ${PAGES}); do mkdir x$i && cp index.html x$i/; done; exec httpd -f -p 8080 -h /tmp/www`;
  const pod = plainPod("web", NAMESPACE, script);
  pod.metadata.labels = { app: "web" };
  await cluster.apply<V1Namespace>({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await waitFor(
    async () => (await cluster.core.listNamespacedServiceAccount({ namespace: NAMESPACE })).items.length > 0,
    {
      what: "the default service account",
      timeoutMs: 30_000,
    },
  );
  const spec = { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] };
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: NAMESPACE }, spec };
  await Promise.all([cluster.apply<V1Pod>(pod), cluster.apply(service)]);
  await Cluster.host().podReady(namespace, syncedName("web", NAMESPACE, release), 60_000);
}

/** Publishes the other environment's application on both controllers. */
async function publish({ other, pages, traefik }: Place): Promise<void> {
  const name = hostOf(other);
  const path = { path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } };
  for (const [ingressClassName, at] of [
    ["nginx", undefined],
    [CLASS, traefik],
  ] as const) {
    await other.cluster.apply<V1Ingress>({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: `shop-${ingressClassName}`, namespace: NAMESPACE },
      spec: { ingressClassName, rules: [{ host: name, http: { paths: [path] } }] },
    });
    await waitFor(async () => (await httpGet(name, "/x1/", at)).body.trim() === pages.other, {
      what: `http://${name}/ of the class ${ingressClassName}`,
      timeoutMs: 60_000,
    });
  }
}

/** A line for each annotation, with the worst that became of its values in each profile. */
function report(results: ReadonlyMap<string, ReadonlyMap<Attempt, Outcome>>): string {
  const profiles = [...results.keys()];
  const rows = new Map<string, string[]>();
  for (const [column, profile] of profiles.entries()) {
    for (const [{ controller, key, on, ask }, outcome] of results.get(profile) ?? []) {
      const id = `${controller}\n${key}\n${on}`;
      const row = rows.get(id) ?? [key || "(host of the other)", on, ask, controller, ...profiles.map(() => "")];
      const before = ORDER.indexOf(row[4 + column] as Outcome);
      if (before < 0 || ORDER.indexOf(outcome) < before) row[4 + column] = outcome;
      rows.set(id, row);
    }
  }
  return table([["annotation", "of", "asks for", "controller", ...profiles], ...rows.values()]);
}
