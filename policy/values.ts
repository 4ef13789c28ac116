import { asText, at, isObject, pathOf, type JsonObject } from "./json";

/**
 * What the chart sets where its values are silent, for the keys that rules read.
 * Source: values.yaml of chart vcluster 0.26.0. A key that is not here has no default that matters.
 */
const CHART_DEFAULTS: JsonObject = {
  telemetry: { enabled: true },
  policies: {
    resourceQuota: { enabled: "auto" },
    limitRange: { enabled: "auto" },
  },
  controlPlane: {
    distro: {
      k8s: { image: { registry: "ghcr.io", repository: "loft-sh/kubernetes", tag: "v1.32.1" } },
      k3s: { image: { registry: "", repository: "rancher/k3s", tag: "v1.32.1-k3s1" } },
    },
    backingStore: {
      etcd: {
        deploy: { statefulSet: { image: { registry: "registry.k8s.io", repository: "etcd", tag: "3.5.21-0" } } },
      },
    },
    statefulSet: {
      image: { registry: "ghcr.io", repository: "loft-sh/vcluster-pro", tag: "" },
      resources: {
        limits: { "ephemeral-storage": "8Gi", memory: "2Gi" },
        requests: { "ephemeral-storage": "400Mi", cpu: "200m", memory: "256Mi" },
      },
      persistence: { volumeClaim: { enabled: "auto" } },
    },
  },
};

/** The values of one delivery of the chart, read as Helm merges them: what is absent is the chart's default. */
export class Values {
  /**
   * @param own what the program sets
   * @param location the keys under which that stands in the resource
   * @param isText whether it stands there as text, into which nothing can be set
   */
  constructor(
    private readonly own: JsonObject,
    readonly location: readonly string[],
    readonly isText = false,
  ) {}

  /** The effective value at a dotted path. Helm takes a null as "no default either". */
  get(path: string): unknown {
    const keys = path.split(".");
    let node: unknown = this.own;
    for (const key of keys) {
      if (!isObject(node)) return undefined;
      node = node[key];
      if (node === null) return undefined;
      if (node === undefined) return at(CHART_DEFAULTS, ...keys);
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

  /** The whole property path of a value inside the resource. */
  where(path: string): string {
    return pathOf([...this.location, path]);
  }
}
