import { asList, asObject, asText, isPlainObject, parseObject, pathOf, type JsonObject } from "./json";
import { kindOf, objectName, specOf, type Resource } from "./kubernetes";
import { withParameters } from "./parameters";
import { Values } from "./values";

/** One deployment of the vcluster chart: a Helm release, or a source of an Argo CD Application. */
export interface Vcluster {
  /** Release name, which is also the name of the API's Service. */
  readonly release: string;
  /** Host namespace; undefined where the provider decides. */
  readonly namespace: string | undefined;
  /** Property path of the namespace in the resource. */
  readonly namespacePath: string;
  readonly chart: Chart;
  readonly values: Values;
  /** Paths of values that the pack cannot read: files, and text that is not JSON. */
  readonly unreadable: readonly string[];
}

export interface Chart {
  /** As in the program: a name, a path, or an OCI address. */
  readonly reference: string;
  readonly version: string | undefined;
  /** Property path of the version in the resource. */
  readonly versionPath: string;
  /** A chart from a directory or a Git repository contains its version. */
  readonly versionedByPath: boolean;
}

/** The deployments of the vcluster chart in a resource; most have none. */
export function vclustersIn(resource: Resource): Vcluster[] {
  switch (kindOf(resource)) {
    case "Release":
      return fromRelease(resource);
    case "Application":
      return fromApplication(resource);
    default:
      return [];
  }
}

/** The same without those whose values the pack cannot read, which the rule `values-readable` reports. */
export function readableVclusters(resource: Resource): Vcluster[] {
  return vclustersIn(resource).filter(({ unreadable }) => unreadable.length === 0);
}

/** True for `vcluster`, `charts/vcluster`, `oci://registry/charts/vcluster` and `vcluster-0.26.0.tgz`. */
function isVclusterChart(reference: string): boolean {
  return /^vcluster(-v?\d[^/]*\.tgz)?$/.test(reference.replace(/\/+$/, "").split("/").pop() ?? "");
}

/** True for a directory or an archive on disk, by Helm's rules. */
function isPath(reference: string): boolean {
  return !reference.startsWith("oci://") && (/^[./~]/.test(reference) || reference.endsWith(".tgz"));
}

function fromRelease({ name, props }: Resource): Vcluster[] {
  const reference = asText(props.chart) ?? "";
  if (!isVclusterChart(reference)) return [];
  return [
    {
      release: asText(props.name) ?? name,
      namespace: asText(props.namespace),
      namespacePath: "namespace",
      chart: {
        reference,
        version: asText(props.version),
        versionPath: "version",
        versionedByPath: isPath(reference),
      },
      values: new Values(asObject(props.values), asText(props.version), ["values"]),
      unreadable: asList(props.valueYamlFiles).length > 0 ? ["valueYamlFiles"] : [],
    },
  ];
}

function fromApplication(resource: Resource): Vcluster[] {
  const sources: [string[], unknown][] = asList(specOf(resource, "sources")).map((source, index) => [
    ["spec", "sources", String(index)],
    source,
  ]);
  sources.push([["spec", "source"], specOf(resource, "source")]);
  return sources.flatMap(([keys, source]) => (isPlainObject(source) ? fromSource(resource, keys, source) : []));
}

function fromSource(resource: Resource, keys: string[], source: JsonObject): Vcluster[] {
  const chart = asText(source.chart);
  const oci = /^oci:/.exec(asText(source.repoURL) ?? "")?.input;
  const reference = chart ?? oci ?? asText(source.path) ?? "";
  if (!isVclusterChart(reference)) return [];

  // `valuesObject` takes precedence over `values`, and parameters over both.
  const helm = asObject(source.helm);
  const text = isPlainObject(helm.valuesObject) ? undefined : asText(helm.values);
  const parsed = text === undefined ? asObject(helm.valuesObject) : parseObject(text);
  const helmPath = pathOf([...keys, "helm"]);
  return [
    {
      release: asText(helm.releaseName) ?? objectName(resource),
      namespace: asText(specOf(resource, "destination", "namespace")),
      namespacePath: "spec.destination.namespace",
      chart: {
        reference,
        version: asText(source.targetRevision),
        versionPath: pathOf([...keys, "targetRevision"]),
        versionedByPath: chart === undefined && oci === undefined,
      },
      values: new Values(
        withParameters(parsed ?? {}, asList(helm.parameters)),
        asText(source.targetRevision),
        [...keys, "helm", text === undefined ? "valuesObject" : "values"],
        text !== undefined,
      ),
      unreadable: [
        ...(parsed === undefined ? [`${helmPath}.values`] : []),
        ...["valueFiles", "fileParameters"]
          .filter((key) => asList(helm[key]).length > 0)
          .map((key) => `${helmPath}.${key}`),
      ],
    },
  ];
}
