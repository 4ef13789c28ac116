import type { Settings } from "../../config/defaults";
import { isOwnHost, ownHosts } from "./hosts";
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

/** What Ingresses may ask of the ingress controller, which serves the whole host and knows nothing of environments. */
export function ingressRules(env: Settings): Rule[] {
  const { allow, objectLimits } = env.isolation;
  const hosts = `an ingress of this environment has the hosts ${ownHosts(env)}, none of them another environment's`;
  const classes = ingressClasses(env);
  const paths = "r, !has(r.http) || r.http.paths";
  return [
    {
      name: "ingress-default-backend",
      kinds: INGRESSES,
      field: "spec.defaultBackend",
      allows: "false",
      message: "an ingress has no default backend, which would answer for every host",
    },
    {
      name: "ingress-hosts",
      kinds: INGRESSES,
      field: "spec.rules",
      allows: `object.spec.rules.all(r, has(r.host) && ${isOwnHost("r.host", env)})`,
      message: hosts,
      key: "isolation.ingressHosts",
    },
    {
      name: "ingress-tls-hosts",
      kinds: INGRESSES,
      field: "spec.tls",
      allows: `object.spec.tls.all(t, !has(t.hosts) || t.hosts.all(h, ${isOwnHost("h", env)}))`,
      message: `in its certificates, ${hosts}`,
      key: "isolation.ingressHosts",
    },
    {
      name: "ingress-paths",
      kinds: INGRESSES,
      field: "spec.rules",
      allows: `object.spec.rules.all(${paths}.all(p, !has(p.path) || p.path.matches(${text(PATH)})))`,
      message: "paths of an ingress begin with / and have no spaces, quotes, braces, semicolons, backslashes or #",
    },
    {
      name: "ingress-path-count",
      kinds: INGRESSES,
      field: "spec.rules",
      allows: `object.spec.rules.map(r, has(r.http) ? size(r.http.paths) : 1).sum() <= ${objectLimits.ingressPaths}`,
      message: `an ingress has at most ${objectLimits.ingressPaths} paths`,
      key: "isolation.objectLimits.ingressPaths",
    },
    {
      name: "ingress-backends",
      kinds: INGRESSES,
      field: "spec.rules",
      allows: `object.spec.rules.all(${paths}.all(p, !has(p.backend.resource)))`,
      message: "an ingress leads to services and to no other resources",
    },
    {
      name: "controller-annotation-values",
      kinds: ["services", ...INGRESSES],
      allows: `variables.annotations.all(k, !k.matches('(nginx|haproxy|traefik)') || !variables.annotations[k].matches(${text(CONFIGURATION)}) || ${kept("k")})`,
      message: "annotations for the ingress controller are single values without line breaks, semicolons and braces",
    },
    {
      name: "ingress-annotation-secrets",
      kinds: INGRESSES,
      // vCluster puts the name of its copy there, behind the namespace of the host where the annotation has one.
      allows: `${list(SECRETS)}.all(k, !(k in variables.annotations) || ${kept("k")} || !variables.annotations[k].contains('/') || variables.annotations[k].startsWith(${text(`${env.names.namespace}/`)}))`,
      message: "annotations of an ingress name Secrets of the virtual cluster",
    },
    ...when(classes.length > 0, {
      name: "ingress-class",
      kinds: INGRESSES,
      field: "spec.ingressClassName",
      allows: `object.spec.ingressClassName in ${list(classes)}`,
      message: `ingresses have the class ${classes.join(" or ")}`,
      key: "isolation.allow.ingressClasses",
    }),
    ...when(classes.length > 0, {
      name: "ingress-class-annotation",
      kinds: INGRESSES,
      allows: `!(${CLASS} in variables.annotations) || ${kept(CLASS)} || variables.annotations[${CLASS}] in ${list(classes)}`,
      message: `ingresses have the class ${classes.join(" or ")}, in the annotation kubernetes.io/ingress.class as well`,
      key: "isolation.allow.ingressClasses",
    }),
    ...when(!allow.ingressTls, {
      name: "ingress-tls-secrets",
      kinds: INGRESSES,
      field: "spec.tls",
      allows: "object.spec.tls.all(t, !has(t.secretName))",
      message: "certificates of ingresses are those of the ingress controller",
      key: "isolation.allow.ingressTls",
    }),
  ];
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
