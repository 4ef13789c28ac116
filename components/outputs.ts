/** Type token of the component, in every language. */
export const COMPONENT_TYPE = "vcluster-environments:index:Environment";

export interface OutputType {
  readonly description: string;
  readonly secret?: true;
  /** True for one that not every environment has. */
  readonly optional?: true;
}

/** What the component registers, the provider returns and a stack exports; all are strings. */
export const OUTPUTS = {
  apiUrl: { description: "URL of the virtual cluster's API, through the ingress." },
  inClusterUrl: { description: "URL of the virtual cluster's API inside the host cluster." },
  kubeconfig: { description: "Administrator's kubeconfig for apiUrl.", secret: true },
  argocdCluster: { description: "Name of the cluster in Argo CD; none when it is not registered.", optional: true },
  namespace: { description: "Host namespace of the virtual cluster." },
  release: { description: "Helm release of the virtual cluster." },
} as const satisfies Readonly<Record<string, OutputType>>;

export type OutputName = keyof typeof OUTPUTS;

/** The outputs of an environment, and nothing else of it. */
export function outputsOf<T extends Readonly<Record<OutputName, unknown>>>(environment: T): Pick<T, OutputName> {
  const names = Object.keys(OUTPUTS) as OutputName[];
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Pick<T, OutputName>;
}
