import { chartOf, hasValue } from "../shared/vcluster/versions";
import { asText, getIn, isPlainObject, pathOf, type JsonObject } from "./json";

/** Defaults of a version of the chart for the keys that rules read, where they matter. */
function chartDefaults(version: string | undefined): JsonObject {
  const { contents } = chartOf(version);
  return {
    telemetry: { enabled: true },
    experimental: { syncSettings: { setOwner: true } },
    sync: { toHost: { pods: { useSecretsForSATokens: false } } },
    policies: {
      resourceQuota: { enabled: "auto" },
      limitRange: { enabled: "auto" },
    },
    controlPlane: {
      distro: {
        k8s: { image: { registry: "ghcr.io", repository: "loft-sh/kubernetes", tag: contents.kubernetesTag } },
        ...(hasValue(version, "controlPlane.distro.k3s") && {
          k3s: { image: { registry: "", repository: "rancher/k3s", tag: `${contents.kubernetesTag}-k3s1` } },
        }),
      },
      backingStore: {
        etcd: {
          deploy: {
            statefulSet: {
              image: { registry: "registry.k8s.io", repository: "etcd", tag: contents.etcdTag },
              persistence: { volumeClaim: { enabled: true } },
            },
          },
        },
      },
      statefulSet: {
        image: { registry: "ghcr.io", repository: "loft-sh/vcluster-pro", tag: "" },
        resources: contents.resources,
        persistence: { volumeClaim: { enabled: "auto" } },
      },
    },
  };
}

/** The values of one deployment of the chart merged with the chart's defaults, as Helm does. */
export class Values {
  private readonly defaults: JsonObject;

  /**
   * @param own the values in the program
   * @param version of the chart
   * @param location path of the values in the resource
   * @param isText whether they are text there, which a remediation cannot change
   */
  constructor(
    private readonly own: JsonObject,
    version: string | undefined,
    readonly location: readonly string[],
    readonly isText = false,
  ) {
    this.defaults = chartDefaults(version);
  }

  /** The effective value at a dotted path. In Helm, null removes a default. */
  get(path: string): unknown {
    const keys = path.split(".");
    let node: unknown = this.own;
    for (const key of keys) {
      if (!isPlainObject(node)) return undefined;
      node = node[key];
      if (node === null) return undefined;
      if (node === undefined) return getIn(this.defaults, ...keys);
    }
    return node;
  }

  /** True for `true` and, as the chart compares text, for "true". */
  isOn(path: string): boolean {
    return String(this.get(path)) === "true";
  }

  text(path: string): string | undefined {
    return asText(this.get(path));
  }

  /** The full property path of a value in the resource. */
  where(path: string): string {
    return pathOf([...this.location, path]);
  }
}
