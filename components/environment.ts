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
import { applications, applicationsGuard, awaitApplications } from "./argocd/applications";
import { argocdCluster, argocdProject } from "./argocd/cluster";
import { argocdCredential, awaitTokenRollover } from "./argocd/credential";
import type { EnvironmentArgs } from "./config/args";
import type { ResolvedEnvironment } from "./config/resolved";
import { Group } from "./group";
import { apiRoute } from "./ingress/api-route";
import { awaitCredential, awaitReadiness } from "./ingress/readiness";
import { admissionPolicy } from "./isolation/admission-policy";
import { isolation, priorityClasses } from "./isolation/isolation";
import type { GuardedRelease } from "./jobs/guard";
import { destroyGuard } from "./kubernetes/destroy-guard";
import { checkedIdentity } from "./kubernetes/find-namespace";
import { owned as ownedObjects, ownedBy } from "./kubernetes/owned-by";
import { randomIdentity } from "./kubernetes/ownership";
import { COMPONENT_TYPE, outputsOf } from "./outputs";
import { environmentRegistry } from "./registry";
import { isResolved, resolve } from "./resolve";
import { ownNamespace, sourceNamespace } from "./sync/namespaces";
import { shortenedNames } from "./sync/synced-names";
import { kubeconfig, readCertificates } from "./vcluster/certificates";
import { disruptionBudgets } from "./vcluster/disruption-budgets";
import { installVirtualCluster } from "./vcluster/install";
import { sourceAccess } from "./vcluster/syncer-rbac";
import { growVolume } from "./vcluster/volume";

/**
 * One environment: a virtual cluster on the host cluster of the provider, reachable through the host's ingress
 * controller and registered with its Argo CD.
 *
 * The constructor checks all arguments before it registers anything, and throws one `ConfigurationError` with all
 * problems. `declare` lists the resources in the order of their dependencies; a destroy deletes them in reverse. Of many
 * environments in one program, only some register resources at the same time (`concurrency.ts`).
 */
export class Environment extends ComponentResource {
  /** URL of the virtual cluster's API, through the ingress. */
  readonly apiUrl: Output<string>;
  /** URL of the virtual cluster's API inside the host cluster. */
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
    const env = isResolved(args) ? args : resolve(name, args);
    const { names } = env;
    const program = environmentRegistry();
    throwIfAny(env.environment, program.add(name, env, hostProvider(opts)));
    super(COMPONENT_TYPE, name, {}, opts);
    const shortened = shortenedNames(env);
    if (shortened !== undefined) void log.info(shortened, this);
    this.apiUrl = output(names.apiUrl);
    this.inClusterUrl = output(names.inClusterUrl);
    this.argocdCluster = output(env.argocd.register ? names.argocdCluster : undefined);
    this.declared = program.semaphore.run(() => this.declare(name, env, hostProvider(opts)));
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

  /** All resources in the order of their dependencies. @returns the kubeconfig, and the resources that come last */
  private declare(name: string, env: ResolvedEnvironment, provider: unknown) {
    const own = { parent: this };
    const identity = env.identity ?? this.identityOf(`${name}-identity`, env, provider);
    const isolationGroup = new Group("Isolation", name, this).children;
    const controlPlane = new Group("ControlPlane", name, this).children;

    // Everything else depends on the namespace, so that nothing is touched where it is another environment's.
    const namespace = ownNamespace(`${name}-namespace`, env, identity, own);
    // The jobs know only the default provider's host, which Argo CD requires to be the environment's.
    const guarded = provider === undefined || env.argocd.register;
    const guard = (part: string, before: Resource[], release?: GuardedRelease, paths?: string[]): Resource[] =>
      guarded ? [destroyGuard(`${name}-guard-${part}`, namespace, controlPlane(...before), release, paths)] : [];
    // An `up` that leaves Argo CD deletes the guards of another provider, which may then not delete what runs on.
    const deletes = provider === undefined;
    // Right before the namespace. Until it has run, a destroy deletes nothing that another host may have too.
    const goesWithIt = env.persistence.retain ? undefined : ownedObjects(env).map(({ path }) => path);
    const first = guard("namespace", [namespace], { name: env.names.release, goesWithNamespace: deletes }, goesWithIt);
    const gate = [namespace, ...first];

    // Kubernetes deletes a namespace with its contents, and then what it owns. A destroy deletes neither one by one: that would
    // be before the guard.
    const deletedWithNamespace = env.persistence.retain ? {} : { deletedWith: namespace };
    const owned = { ...ownedBy(namespace), ...deletedWithNamespace };
    const sources = sourceAccess(env.sync).map((access) =>
      sourceNamespace(name, env, access, { ...own, dependsOn: gate }, owned),
    );
    const bounds = [
      ...priorityClasses(name, env, { ...isolationGroup(...gate), ...owned }),
      ...isolation(name, env, { ...isolationGroup(...gate), ...deletedWithNamespace }, own),
      ...admissionPolicy(name, env, { ...isolationGroup(...gate), ...owned }),
    ];

    // The guards delete what the chart has beside the namespace. Without them Helm does.
    const goesWithNamespace = deletes && env.delivery === "helm" && !env.persistence.retain;
    const installed = installVirtualCluster(`${name}-vcluster`, env, {
      ...controlPlane(...gate, ...sources, ...bounds),
      ...(goesWithNamespace && deletedWithNamespace),
    });
    const vcluster = installed.resource;
    disruptionBudgets(name, env, { ...controlPlane(...gate), ...deletedWithNamespace });
    growVolume(`${name}-volume`, env, { ...controlPlane(vcluster), deletedWith: namespace });
    const certificates = readCertificates(
      `${name}-certificates`,
      env.names,
      installed.namespace,
      { ...own, dependsOn: [vcluster] },
      env.lastKubeconfig,
    );

    // Beside the release, so that the controller has the route by the time that the API answers.
    const route = apiRoute(`${name}-ingress`, env, { ...controlPlane(...gate), ...deletedWithNamespace });
    const reachable = route === undefined ? [vcluster] : [vcluster, route];
    const endpoint = { certificates, revision: installed.revision };
    const answering: Resource[] = env.readiness.enabled
      ? [awaitReadiness(`${name}-readiness`, env, endpoint, controlPlane(...reachable))]
      : reachable;
    // Right before Pulumi drops the release from its state.
    const release = env.delivery === "helm" ? { name: env.names.release, goesWithNamespace } : undefined;
    const ready = [...answering, ...guard("vcluster", answering, release)];

    let last: Resource[] = ready;
    if (env.argocd.register) {
      const argocd = new Group("ArgoCD", name, this).children;
      // The account is deleted with the virtual cluster, unless its data is retained: then the token would be as well.
      const deletedWithData = env.persistence.retain ? {} : { deletedWith: vcluster };
      const insideOptions = { ...argocd(...ready), ...deletedWithData };
      const credential = argocdCredential(`${name}-argocd`, env, certificates, insideOptions);
      const project = argocdProject(`${name}-argocd-project`, env, { ...argocd(...gate), ...owned });
      // Before Argo CD gets it: a credential that does not work is never handed out.
      const tested = env.readiness.enabled
        ? [awaitCredential(`${name}-argocd-readiness`, env, endpoint, credential.token, argocd(...ready))]
        : ready;
      const cluster = argocdCluster(
        `${name}-argocd-cluster`,
        env,
        certificates,
        credential,
        argocd(project, ...tested),
      );
      // Others' Applications may use the cluster as soon as it is registered, even where the own ones cannot be created.
      const registered = applicationsGuard(`${name}-argocd-guard`, env, namespace, cluster, argocd(cluster));
      const rollover = awaitTokenRollover(
        `${name}-argocd-switch`,
        env,
        certificates,
        credential,
        argocd(cluster, registered),
      );
      // The guards delete them, where it is the environment's host.
      const deployed = applications(name, env, { ...argocd(project, rollover, registered), deletedWith: registered });
      const afterOwn = argocd(...deployed, rollover);
      const deletion = applicationsGuard(`${name}-applications-guard`, env, namespace, cluster, afterOwn);
      last = [
        awaitApplications(`${name}-applications`, env, namespace, cluster, deployed, argocd(...deployed, deletion)),
      ];
    }

    // Known only once the API is ready, for those who make a provider of it.
    const whenReady = all([kubeconfig(env.names, certificates), all(ready.map(({ urn }) => urn))]);
    return { result: whenReady.apply(([text]) => text), last };
  }

  /** With a provider of the program's own, whose host cannot be read here, the host's conflict remains as the guard. */
  private identityOf(name: string, env: ResolvedEnvironment, provider: unknown): Output<string> {
    if (provider === undefined) return checkedIdentity(name, env, this);
    return randomIdentity(name, undefined, { parent: this }).value;
  }
}

/** The host's provider: passed, inherited, or undefined for the default provider. */
function hostProvider({ provider, providers, parent }: ComponentResourceOptions = {}): unknown {
  return provider ?? providers ?? parent?.getProvider("kubernetes:core/v1:Namespace");
}
