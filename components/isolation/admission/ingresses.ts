import type { Settings } from "../../config/defaults";
import { isOwnHost, ownHosts } from "./hosts";
import { HAPROXY_NAMES } from "./keys";
import { list, type Rule, text, when } from "./rule";

const INGRESSES = ["networking.k8s.io/ingresses"];

/** Class by an annotation, from before the field. */
const CLASS = text("kubernetes.io/ingress.class");

/** Paths as applications have them, also those that are regular expressions; nothing that ends a path in a configuration. */
const PATH = "^/[^\\s\"'`;#{}\\\\]*$";

/** Annotations of nginx that name a Secret, perhaps of another namespace. */
const SECRETS = ["auth-secret", "auth-tls-secret", "proxy-ssl-secret"].map(
  (key) => `nginx.ingress.kubernetes.io/${key}`,
);

/** Text that is more than a value in the configuration of an ingress controller. */
const CONFIGURATION = "[\\n\\r;{}`]";

/** Names of annotations that HAProxy's controller reads, behind any domain. */
const OF_HAPROXY = `^(.*/)?(${HAPROXY_NAMES.join("|")})$`;

/**
 * What is more than a value there: the controller writes values as they are into lines of the frontend that all hosts share,
 * and behind them the condition that the request is for the Ingress. A comment or a quote takes that condition away; `%[…]` reads
 * what the controller knows of others.
 */
const LINE = "[\"'#]|%\\[|\\\\(\\s|$)|(^|\\s)((if|unless)(\\s|$)|-[a-zA-Z])";

/** What Ingresses may ask of the ingress controller, which serves the whole host and knows nothing of environments. */
export function ingressRules(env: Settings): Rule[] {
  const { allow, objectLimits } = env.isolation;
  const classes = ingressClasses(env);
  const pathCount = "object.spec.rules.map(r, has(r.http) ? size(r.http.paths) : 1).sum()";
  const paths = "r, !has(r.http) || r.http.paths";
  return [
    {
      name: "ingress-default-backend",
      kinds: INGRESSES,
      field: "spec.defaultBackend",
      allows: "false",
      refuses: "default backends of ingresses, which would answer for every host,",
      allowed: "rules with a host",
      keys: [],
    },
    {
      name: "ingress-hosts",
      kinds: INGRESSES,
      field: "spec.rules",
      allows: `object.spec.rules.all(r, has(r.host) && ${isOwnHost("r.host", env)})`,
      refuses: "ingresses for hosts that are not of this environment",
      refused: `object.spec.rules.filter(r, !(has(r.host) && ${isOwnHost("r.host", env)})).map(r, has(r.host) ? r.host : 'every host')`,
      allowed: ownHosts(env),
      keys: ["isolation.ingressHosts"],
    },
    {
      name: "ingress-tls-hosts",
      kinds: INGRESSES,
      field: "spec.tls",
      allows: `object.spec.tls.all(t, !has(t.hosts) || t.hosts.all(h, ${isOwnHost("h", env)}))`,
      refuses: "certificates of ingresses for hosts that are not of this environment",
      refused: `object.spec.tls.map(t, has(t.hosts) ? t.hosts.filter(h, !${isOwnHost("h", env)}) : []).filter(some, size(some) > 0).map(some, some.join(', '))`,
      allowed: ownHosts(env),
      keys: ["isolation.ingressHosts"],
    },
    {
      name: "ingress-paths",
      kinds: INGRESSES,
      field: "spec.rules",
      allows: `object.spec.rules.all(${paths}.all(p, !has(p.path) || p.path.matches(${text(PATH)})))`,
      refuses: "paths of ingresses with spaces, quotes, braces, semicolons, backslashes or #",
      allowed: "paths that begin with / and have none of these",
      keys: [],
    },
    {
      name: "ingress-path-count",
      kinds: INGRESSES,
      field: "spec.rules",
      allows: `${pathCount} <= ${objectLimits.ingressPaths}`,
      refuses: "ingresses with more paths",
      refused: `[string(${pathCount})]`,
      allowed: `up to ${objectLimits.ingressPaths}`,
      keys: ["isolation.objectLimits.ingressPaths"],
    },
    {
      name: "ingress-backends",
      kinds: INGRESSES,
      field: "spec.rules",
      allows: `object.spec.rules.all(${paths}.all(p, !has(p.backend.resource)))`,
      refuses: "backends of ingresses that are other resources",
      allowed: "services",
      keys: [],
    },
    {
      name: "controller-annotation-values",
      kinds: ["services", ...INGRESSES],
      allows: `variables.annotations.all(k, ${isValue("k")})`,
      refuses: "annotations for the ingress controller with line breaks, semicolons, braces or backticks",
      refused: `variables.annotations.filter(k, !(${isValue("k")}))`,
      allowed: "single values",
      keys: [],
    },
    {
      name: "haproxy-annotation-values",
      kinds: ["services", ...INGRESSES],
      allows: `variables.annotations.all(k, ${isWord("k")})`,
      refuses:
        "annotations that HAProxy's controller reads with quotes, #, %[, options, conditions or a backslash that ends a word",
      refused: `variables.annotations.filter(k, !(${isWord("k")}))`,
      allowed: "values that end where their line goes on",
      keys: [],
    },
    {
      name: "ingress-annotation-secrets",
      kinds: INGRESSES,
      // vCluster puts the name of its copy there, behind the namespace of the host where the annotation has one.
      allows: `${list(SECRETS)}.all(k, !(k in variables.annotations) || ${kept("k")} || !variables.annotations[k].contains('/') || variables.annotations[k].startsWith(${text(`${env.names.namespace}/`)}))`,
      refuses: "Secrets of others in annotations of ingresses",
      allowed: "Secrets of the virtual cluster",
      keys: [],
    },
    ...when(classes.length > 0, {
      name: "ingress-class",
      kinds: INGRESSES,
      field: "spec.ingressClassName",
      allows: `object.spec.ingressClassName in ${list(classes)}`,
      refuses: "other ingress classes",
      refused: "[object.spec.ingressClassName]",
      allowed: classes.join(", "),
      keys: ["isolation.allow.ingressClasses"],
    }),
    ...when(classes.length > 0, {
      name: "ingress-class-annotation",
      kinds: INGRESSES,
      allows: `!(${CLASS} in variables.annotations) || ${kept(CLASS)} || variables.annotations[${CLASS}] in ${list(classes)}`,
      refuses: "other ingress classes in the annotation kubernetes.io/ingress.class",
      refused: `[variables.annotations[${CLASS}]]`,
      allowed: classes.join(", "),
      keys: ["isolation.allow.ingressClasses"],
    }),
    ...when(!allow.ingressTls, {
      name: "ingress-tls-secrets",
      kinds: INGRESSES,
      field: "spec.tls",
      allows: "object.spec.tls.all(t, !has(t.secretName))",
      refuses: "certificates of ingresses in Secrets (spec.tls[].secretName)",
      allowed: "those of the ingress controller",
      keys: ["isolation.allow.ingressTls"],
    }),
  ];
}

/** Whether an annotation is not for an ingress controller, or nothing but a value. */
function isValue(key: string): string {
  return `!${key}.matches('(nginx|haproxy|traefik)') || !variables.annotations[${key}].matches(${text(CONFIGURATION)}) || ${kept(key)}`;
}

/** Whether an annotation is not for HAProxy's controller, or ends where the controller takes it to. */
function isWord(key: string): string {
  const value = `variables.annotations[${key}]`;
  const isMore = `${value}.matches(${text(LINE)}) || (${key}.endsWith('/set-host') && ${value}.matches(${text("\\s")}))`;
  return `!${key}.matches(${text(OF_HAPROXY)}) || !(${isMore}) || ${kept(key)}`;
}

/** Whether an annotation is as it was. */
function kept(key: string): string {
  return `(${key} in variables.oldAnnotations && variables.oldAnnotations[${key}] == variables.annotations[${key}])`;
}

/** Classes that tenants may name; none where the program does not know what the host calls its own. */
function ingressClasses({ ingress, isolation }: Settings): string[] {
  const own = ingress.className ?? (ingress.controller === "traefik" ? "traefik" : undefined);
  return [...new Set([...(own === undefined ? [] : [own]), ...isolation.allow.ingressClasses])];
}
