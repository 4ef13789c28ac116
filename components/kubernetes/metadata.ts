import { check, format, join, type Problem } from "../../shared/errors";
import { isSubdomain } from "../../shared/rfc1123";
import type { Settings } from "../config/defaults";

type Metadata = Pick<Settings, "labels" | "annotations">;

/** `metadata` of an object that we make. */
interface ObjectMetadata extends Partial<Metadata> {
  readonly name: string;
  readonly namespace?: string;
}

/** The form of a label's value, and of a name behind the slash of a key (Kubernetes' `validation.IsQualifiedName`). */
const NAME = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

/** What the chart, Kubernetes, Helm and Pulumi put on the same objects, and select them by. */
const RESERVED = [
  /^(app|release|chart|heritage|vClusterConfigHash)$/,
  /^app\.kubernetes\.io\/managed-by$/,
  /^(?!app\.)([\w.-]+\.)?(kubernetes\.io|k8s\.io)\//,
  /^(vcluster\.loft\.sh|meta\.helm\.sh|pulumi\.com|vcluster-environments)\//,
];

/** Whether Kubernetes takes it for the value of a label; an empty one is valid. */
export function isLabelValue(value: string): boolean {
  return value === "" || NAME.test(value);
}

/** Keys and values that Kubernetes rejects or that are reserved. `parent` is the key that holds both maps. */
export function checkMetadata({ labels, annotations }: Metadata, parent = ""): Problem[] {
  return [
    ...[labels, annotations].flatMap((map, index) =>
      Object.keys(map).flatMap((key) => checkKey(join(parent, index === 0 ? "labels" : "annotations"), key)),
    ),
    ...Object.entries(labels).flatMap(([key, value]) =>
      check(isLabelValue(value), {
        path: join(join(parent, "labels"), key),
        code: "label-value-invalid",
        problem: `${format(value)} is not a valid label value`,
        allowed: "letters, digits, dots, hyphens and underscores, at most 63, with a letter or digit at both ends",
        fix: "shorten it, or use an annotation",
      }),
    ),
  ];
}

function checkKey(path: string, key: string): Problem[] {
  const slash = key.indexOf("/");
  const right = NAME.test(key.slice(slash + 1)) && (slash < 0 || isSubdomain(key.slice(0, slash)));
  if (!right) {
    return [
      {
        path: join(path, key),
        code: "metadata-key-invalid",
        problem: `${format(key)} is not a valid label or annotation key`,
        allowed:
          'a name of at most 63 letters, digits, dots, hyphens and underscores, with an optional DNS prefix and "/"',
        fix: "rename it",
      },
    ];
  }
  return check(!RESERVED.some((reserved) => reserved.test(key)), {
    path: join(path, key),
    code: "metadata-key-reserved",
    problem: `${format(key)} is reserved for the chart, Kubernetes, Helm or Pulumi`,
    allowed: "any other key; of app.kubernetes.io/, all except managed-by",
    fix: "use a key with your own DNS prefix",
  });
}

/** An object's metadata with labels and annotations added. Of two values for one key the first wins. */
export function metadata(own: ObjectMetadata, ...added: readonly Metadata[]): ObjectMetadata {
  const joined = (key: keyof Metadata) =>
    Object.fromEntries([own, ...added].reverse().flatMap((item) => Object.entries(item[key] ?? {})));
  return { ...own, ...withoutEmpty({ labels: joined("labels"), annotations: joined("annotations") }) };
}

/** The maps that have keys. */
export function withoutEmpty({ labels, annotations }: Metadata): Partial<Metadata> {
  return {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}
