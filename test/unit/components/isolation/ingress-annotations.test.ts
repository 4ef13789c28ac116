import * as assert from "node:assert/strict";

import type { EnvironmentArgs } from "../../../../components";
import { HAPROXY_NAMES, KEYS } from "../../../../components/isolation/admission/keys";
import type { Rule } from "../../../../components/isolation/admission/rule";
import { refusals, rulesFor } from "../../../support/admission";
import { celEvaluator } from "../../../support/cel";
import { type Annotation, annotations, known } from "../../../support/ingress-annotations";

const NGINX = "nginx.ingress.kubernetes.io/";
const TRAEFIK = "traefik.ingress.kubernetes.io/";
const HAPROXY = "haproxy.org/";
const OTHERS_HOST = "shop-staging.example.org";
const OTHERS_SECRET = "staging-vcluster/certificate-x-default-x-vcluster-staging-helm";
const PROFILES = ["default", "hardened"] as const;

/** Why an allowed annotation that asks for more than a setting reaches nobody else. */
interface Harmless {
  keys: string[];
  why: string;
  /** Values by which it would, with the rule that refuses them. */
  refused?: [value: string, rule: string][];
  /** Values of others that have no effect on others. */
  taken?: string[];
}

const of = (prefix: string, names: string) => names.split(" ").map((name) => prefix + name);
const LINES = [`${OTHERS_HOST}\n`, `${OTHERS_HOST}; }`, `${OTHERS_HOST} {`, "`"].map((value): [string, string] => [
  value,
  "controller-annotation-values",
]);
const haproxy = (...values: string[]) => values.map((value): [string, string] => [value, "haproxy-annotation-values"]);

const harmless: Harmless[] = [
  {
    keys: of(NGINX, "upstream-vhost"),
    why: "name that the Service of the Ingress is asked by; the Ingress is found by its own host",
    taken: [OTHERS_HOST],
    refused: LINES,
  },
  {
    keys: of(NGINX, "auth-tls-secret proxy-ssl-secret auth-secret"),
    why: "Secret of the environment's own namespace",
    taken: ["dev-vcluster/certificate-x-default-x-vcluster-dev-helm"],
    refused: [[OTHERS_SECRET, "ingress-annotation-secrets"]],
  },
  {
    keys: of(NGINX, "proxy-ssl-server-name"),
    why: "whether the Service is told the name, which cannot be set (proxy-ssl-name)",
    taken: ["on", OTHERS_HOST],
    refused: LINES,
  },
  {
    keys: [...of(NGINX, "ssl-passthrough"), ...of(HAPROXY, "ssl-passthrough"), ...of(TRAEFIK, "router.tls")],
    why: "whether TLS of the Ingress's own hosts ends at the controller",
    taken: ["true", OTHERS_HOST],
  },
  {
    keys: ["kubernetes.io/tls-acme"],
    why: "whether a certificate is issued, for names in spec.tls, which are the environment's own",
    taken: ["true", OTHERS_HOST],
  },
  {
    keys: ["kubernetes.io/ingress.class"],
    why: "class that the environment may name",
    taken: ["nginx"],
    refused: [
      ["internal", "ingress-class-annotation"],
      [OTHERS_HOST, "ingress-class-annotation"],
    ],
  },
  {
    keys: of(
      NGINX,
      "canary canary-by-cookie canary-by-header canary-by-header-pattern canary-by-header-value canary-weight canary-weight-total",
    ),
    why: "which requests for the Ingress's own hosts and paths go to its Service; a canary joins an Ingress of the same host",
    taken: ["true", "always", "Host", OTHERS_HOST],
    refused: LINES,
  },
  {
    keys: of(NGINX, "use-regex app-root rewrite-target preserve-trailing-slash"),
    why: "paths below the Ingress's own hosts; what a path may have is checked in spec.rules",
    taken: ["true", "/$2", `https://${OTHERS_HOST}/`],
    refused: LINES,
  },
  {
    keys: of(NGINX, "permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code"),
    why: "answer to requests for the Ingress's own hosts",
    taken: [`https://${OTHERS_HOST}/#/login`, "308"],
    refused: LINES,
  },
  {
    keys: of(NGINX, "service-upstream backend-protocol custom-http-errors"),
    why: "how the Service of the Ingress is reached, which is in its own namespace",
    taken: ["true", "HTTPS", "404,503", OTHERS_HOST],
    refused: LINES,
  },
  {
    keys: of(
      NGINX,
      `auth-realm auth-secret-type auth-type auth-tls-pass-certificate-to-upstream auth-tls-verify-client auth-tls-verify-depth satisfy allowlist-source-range denylist-source-range whitelist-source-range`,
    ),
    why: "who may ask for the Ingress's own hosts",
    taken: ["basic", "10.0.0.0/8"],
    refused: LINES,
  },
  {
    keys: of(TRAEFIK, "router.entrypoints router.priority"),
    why: "where and in which order the Ingress's own hosts are looked for: its rule still begins with them",
    taken: ["websecure", "traefik", "2147483647"],
    refused: LINES,
  },
  {
    keys: of(TRAEFIK, "service.nativelb service.passhostheader service.serversscheme"),
    why: "how a Service's own pods are connected to",
    taken: ["true", "https", OTHERS_HOST],
    refused: LINES,
  },
  {
    keys: of(HAPROXY, "set-host path-rewrite"),
    why: "what the Service of the Ingress is asked for, on a line that ends with the condition for the Ingress",
    taken: [OTHERS_HOST, "/stolen"],
    refused: [
      ...LINES,
      ...haproxy(`${OTHERS_HOST} if TRUE #`, `${OTHERS_HOST}#`, `"${OTHERS_HOST}`, "%[env(TOKEN)]", "/stolen\\"),
    ],
  },
  {
    keys: of(HAPROXY, "check-http server-ssl server-proto"),
    why: "how a Service's own pods are connected to",
    taken: ["true", "h2", "HEAD /healthz HTTP/1.1"],
    refused: [...LINES, ...haproxy("/ #", "/ if TRUE")],
  },
  {
    keys: of(HAPROXY, "allow-list deny-list"),
    why: "who may ask for the Ingress's own hosts",
    taken: ["10.0.0.0/8", "patterns/ips"],
    refused: [...LINES, ...haproxy("10.0.0.0/8 #", "-f /etc/passwd")],
  },
];

/** An object of the environment dev. */
const annotated = (kind: string, all: Record<string, string>) => ({
  metadata: {
    name: "x-x-default-x-vcluster-dev-helm",
    annotations: all,
    labels: { "vcluster.loft.sh/managed-by": "vcluster-dev-helm", "vcluster.loft.sh/namespace": "default" },
  },
  spec: kind === "services" ? { type: "ClusterIP" } : { rules: [{ host: "app.dev-vcluster.example.org" }] },
});

const tables = new Map(
  ["networking.k8s.io/ingresses", "services"].map((kind) => [
    kind,
    KEYS.find(({ kinds }) => kinds.includes(kind))?.annotations ?? [],
  ]),
);
const mayHave = (kind: string, key: string) => tables.get(kind)?.includes(key) === true;

describe("annotations that ingress controllers know", () => {
  let evaluate: Awaited<ReturnType<typeof celEvaluator>>;
  before(async () => {
    evaluate = await celEvaluator();
  });
  const ask = (kind: string, all: Record<string, string>, args: Partial<EnvironmentArgs>, rules = rulesFor(args)) =>
    refusals(evaluate, { what: kind, kind, object: annotated(kind, all), args }, rules);
  /** Names of the rules that refuse an annotation. */
  const refusedBy = (kind: string, key: string, value: string, args: Partial<EnvironmentArgs>, rules: Rule[]) => [
    ...ask(kind, { [key]: value }, args, rules).keys(),
  ];
  /** Keys that may not be there, by the message. */
  const refusedKeys = (kind: string, keys: readonly string[], args: Partial<EnvironmentArgs>) => {
    const rules = rulesFor(args);
    const all = [...new Set(keys)];
    // In parts: a message has room for 5 KiB.
    return Array.from({ length: Math.ceil(all.length / 40) }, (_, part) =>
      all.slice(40 * part, 40 * (part + 1)),
    ).flatMap((some) => {
      const found = ask(kind, Object.fromEntries(some.map((key) => [key, "nginx"])), args, rules);
      const message = found.get(`annotations-of-${kind.split("/").at(-1) ?? ""}`) ?? "";
      assert.equal(found.size, message === "" ? 0 : 1, [...found.keys()].join(", "));
      return message === "" ? [] : (/\((.*?)\) are not allowed/.exec(message)?.[1]?.split(", ") ?? []);
    });
  };

  it("are listed from their sources", () => {
    for (const { controller, sources, asks } of known.controllers) {
      const names = Object.values(asks).flat();
      assert.equal(new Set(names).size, names.length, controller);
      for (const { repository, path, commit } of sources) {
        assert.match(repository, /^[\w.-]+\/[\w.-]+$/);
        assert.match(path, /\.(md|go)$/);
        assert.match(commit, /^([0-9a-f]{40}|v[\d.]+)$/);
      }
    }
    const keys = annotations().map(({ key }) => key);
    assert.ok(keys.length > 600, `${keys.length}`);
    for (const key of [
      ...of(NGINX, "server-alias canary-by-header ssl-passthrough auth-tls-secret service-upstream"),
      ...of(TRAEFIK, "router.pathmatcher router.tls.options router.tls.domains.0.main router.observability.tracing"),
      ...of(HAPROXY, "route-acl cr-backend"),
      "haproxy-ingress.github.io/server-alias-regex",
      "traefik.io/service.nativelb",
    ]) {
      assert.ok(keys.includes(key), key);
    }
  });

  for (const profile of PROFILES) {
    for (const kind of tables.keys()) {
      it(`are refused on ${kind} in the profile ${profile}, unless they are allowed`, () => {
        const keys = [...new Set(annotations().map(({ key }) => key))];
        const refused = refusedKeys(kind, keys, { isolation: { profile } });
        assert.deepEqual(refused.sort(), keys.filter((key) => !mayHave(kind, key)).sort());
      });
    }
  }

  it("are allowed beyond mere settings only where each is shown to reach nobody else", () => {
    const more = annotations().filter(
      ({ key, ask }) => ask !== "other" && [...tables.keys()].some((kind) => mayHave(kind, key)),
    );
    const shown = harmless.flatMap(({ keys }) => keys);
    assert.deepEqual([...new Set(more.map(({ key }) => key))].sort(), [...shown].sort());
    assert.ok(harmless.every(({ why, refused = [], taken = [] }) => why !== "" && refused.length + taken.length > 0));
  });

  for (const { keys, why, refused = [], taken = [] } of harmless) {
    it(`reach nobody else by ${keys.join(", ")}: ${why}`, () => {
      for (const profile of PROFILES) {
        const args = { isolation: { profile } };
        const rules = rulesFor(args);
        for (const key of keys) {
          for (const kind of [...tables.keys()].filter((one) => mayHave(one, key))) {
            for (const value of taken)
              assert.deepEqual(refusedBy(kind, key, value, args, rules), [], `${key}: ${value}`);
            for (const [value, rule] of refused) {
              assert.ok(refusedBy(kind, key, value, args, rules).includes(rule), `${key}: ${value} on ${kind}`);
            }
          }
        }
      }
    });
  }

  it("are allowed only by whole keys that a controller knows, and more than a hundred of them", () => {
    const domains = new Set(annotations().map(({ key }) => key.split("/")[0] ?? ""));
    const keys = new Set(annotations().map(({ key }) => key));
    const allowed = [...tables.values()].flat().filter((key) => domains.has(key.split("/")[0] ?? ""));
    assert.deepEqual(
      allowed.filter((key) => !keys.has(key)),
      [],
    );
    assert.ok(new Set(allowed).size > 100, `${new Set(allowed).size}`);
  });

  it("have their values checked for HAProxy behind every domain, because its controller looks at names alone", () => {
    const names = new Set(Object.values(known.controllers.find(({ anyPrefix }) => anyPrefix)?.asks ?? {}).flat());
    const read = [...tables.values()].flat().map((key) => key.split("/").at(-1) ?? "");
    assert.deepEqual([...new Set(read.filter((name) => names.has(name)))].sort(), [...HAPROXY_NAMES].sort());
    // And no key stands for a whole domain, which could have any name.
    assert.deepEqual(
      [...tables.values()].flat().filter((key) => key.includes("*")),
      [],
    );
  });

  it("cannot be written in another case, nor behind another domain", () => {
    const variants = ({ key }: Annotation) => {
      const name = key.split("/").at(-1) ?? "";
      return [key.toUpperCase(), `example.org/${name}`, `backend.example.org/${name}`, `nginx.org/${name}`, name];
    };
    const keys = [...new Set(annotations().flatMap(variants))];
    assert.deepEqual(refusedKeys("networking.k8s.io/ingresses", keys, {}).sort(), keys.sort());
  });

  it("are not the only way: kinds of the Gateway API and of the controllers are none that a syncer may make", () => {
    const args = { sync: { toHost: { endpoints: true, ingresses: true } } };
    const made = known.kinds.flatMap(({ group, asks }) => Object.keys(asks).map((resource) => `${group}/${resource}`));
    assert.ok(made.length > 20);
    for (const kind of made) {
      const object = { metadata: { name: "x" }, spec: { hostnames: [OTHERS_HOST] } };
      assert.deepEqual([...refusals(evaluate, { what: kind, kind, object, args }).keys()], ["kinds"], kind);
    }
  });
});
