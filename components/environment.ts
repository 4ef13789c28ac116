import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  log,
  type Output,
  output,
  type Resource,
} from "@pulumi/pulumi";

import { throwIfAny } from "../shared/errors";
import { applicationLifecycle, applications, projectSources } from "./argocd/applications";
import { argocdCluster, argocdProject } from "./argocd/cluster";
import { argocdCredential, awaitTokenRollover } from "./argocd/credential";
import type { EnvironmentArgs } from "./config/args";
import { Group } from "./group";
import { apiRoute } from "./ingress/api-route";
import { awaitCredential, awaitReadiness } from "./ingress/readiness";
import { admissionPolicy } from "./isolation/admission-policy";
import { isolation, priorityClasses } from "./isolation/isolation";
import type { Names } from "./names";
import { COMPONENT_TYPE, outputsOf } from "./outputs";
import { environmentRegistry } from "./registry";
import { isResolved, resolve, type ResolvedEnvironment } from "./resolve";
import { ownNamespace, sourceNamespace } from "./sync/namespaces";
import { shortenedNames } from "./sync/synced-names";
import { kubeconfig, readCertificates } from "./vcluster/certificates";
import { installVirtualCluster } from "./vcluster/install";
import { sourceAccess } from "./vcluster/syncer-rbac";
import { syncerAccount } from "./vcluster/values";

/**
 * One environment: a virtual cluster on the host cluster of the provider, reachable through the host's ingress
 * controller and registered with its Argo CD.
 *
 * The constructor checks all arguments before it registers anything, and throws one `ConfigurationError` for all
 * mistakes.
 * `declare` reads from top to bottom as the resources depend on each other; destroying walks the same way back. Of many
 * environments in one program, only so many are under way at a time (`concurrency.ts`).
 */
export class Environment extends ComponentResource {
  /** URL of the virtual API, through the ingress. */
  readonly apiUrl: Output<string>;
  /** URL of the virtual API inside the host cluster. */
  readonly inClusterUrl: Output<string>;
  /** Administrator's kubeconfig for {@link apiUrl}. Secret. */
  readonly kubeconfig: Output<string>;
  /** Name of the cluster in Argo CD; undefined when it is not registered. */
  readonly argocdCluster: Output<string | undefined>;
  /** Host namespace of the virtual cluster. */
  readonly namespace: Output<string>;
  /** Helm release of the virtual cluster. */
  readonly release: Output<string>;

  private readonly declared: Output<string> | Promise<Output<string>>;

  constructor(name: string, args: EnvironmentArgs | ResolvedEnvironment, opts?: ComponentResourceOptions) {
    const s = isResolved(args) ? args : resolve(name, args);
    const { names } = s;
    const program = environmentRegistry();
    throwIfAny(s.environment, program.add(name, names, hostProvider(opts)));
    super(COMPONENT_TYPE, name, {}, opts);
    const shortened = shortenedNames(s);
    if (shortened !== undefined) void log.info(shortened, this);
    this.apiUrl = output(names.apiUrl);
    this.inClusterUrl = output(names.inClusterUrl);
    this.argocdCluster = output(s.argocd.register ? names.argocdCluster : undefined);
    this.declared = program.semaphore.run(() => this.declare(name, names, s));
    this.kubeconfig = output(this.declared);
    this.namespace = output(names.namespace);
    this.release = output(names.release);
    this.registerOutputs(outputsOf(this));
  }

  /** The SDK waits for this where something depends on the environment, and then takes its children for complete. */
  protected override async initialize(): Promise<void> {
    await Promise.resolve(); // The SDK calls it before the constructor gets any further.
    await this.declared;
  }

  /** All that it consists of, in the order of dependence: the kubeconfig, and what comes last. */
  private declare(name: string, names: Names, s: ResolvedEnvironment) {
    const own = { parent: this };
    const isolated = new Group("Isolation", name, this).children;
    const controlPlane = new Group("ControlPlane", name, this).children;

    const values = s.chartValues;
    const account = values.apply((finished) => syncerAccount(s, finished));

    const namespace = ownNamespace(`${name}-namespace`, names, s, own);
    const sources = sourceAccess(s.sync).map((access) => sourceNamespace(name, names, access, account, own));

    // Kubernetes deletes what is in a namespace with it: a destroy does not do the same before, one by one.
    const goesWith = s.persistence.retain ? {} : { deletedWith: namespace };
    const bounds = [
      ...priorityClasses(name, names, s, isolated()),
      ...isolation(name, names, s, { ...isolated(namespace), ...goesWith }, own),
      ...admissionPolicy(name, names, s, account, isolated()),
    ];

    const delivered = installVirtualCluster(
      `${name}-vcluster`,
      names,
      s,
      values,
      controlPlane(namespace, ...sources, ...bounds),
    );
    const vcluster = delivered.resource;
    const certificates = readCertificates(`${name}-certificates`, names, delivered, { ...own, dependsOn: [vcluster] });

    // Beside the release, so that the controller knows the way by the time that the API answers.
    const route = apiRoute(`${name}-ingress`, names, s, { ...controlPlane(namespace), ...goesWith });
    const built = route === undefined ? [vcluster] : [vcluster, route];
    const { enabled } = s.readiness;
    const way = { names, certificates, delivered, settings: s };
    const ready: Resource[] = enabled ? [awaitReadiness(`${name}-readiness`, way, controlPlane(...built))] : built;

    let last = ready;
    if (s.argocd.register) {
      const argocd = new Group("ArgoCD", name, this).children;
      // The account is inside the virtual cluster and goes with it: a destroy does not ask an API that is going away.
      const inside = { ...argocd(...ready), deletedWith: vcluster };
      const { caCertificate } = certificates;
      const credential = argocdCredential(`${name}-argocd`, names, certificates, s, inside);
      const project = argocdProject(
        `${name}-argocd-project`,
        names,
        { ...s.argocd, sources: projectSources(s) },
        argocd(),
      );
      // Before Argo CD gets it: what does not work is never handed out.
      const works = enabled
        ? [awaitCredential(`${name}-argocd-readiness`, way, credential.token, argocd(...ready))]
        : ready;
      const cluster = argocdCluster(
        `${name}-argocd-cluster`,
        names,
        s,
        caCertificate,
        credential.token,
        argocd(...works),
      );
      const used = awaitTokenRollover(`${name}-argocd-switch`, names, caCertificate, credential, s, argocd(cluster));
      const deployed = applications(name, names, s, argocd(project, used));
      last = [applicationLifecycle(`${name}-applications`, names, s, cluster, argocd(...deployed, project, used))];
    }

    // Known only once it works, for those who make a provider of it.
    const certain = all([kubeconfig(names, certificates), all(ready.map(({ urn }) => urn))]).apply(([text]) => text);
    return { result: certain, last };
  }
}

/** What leads to the host: passed, inherited, or undefined for the default provider. */
function hostProvider({ provider, providers, parent }: ComponentResourceOptions = {}): unknown {
  return provider ?? providers ?? parent?.getProvider("kubernetes:core/v1:Namespace");
}
