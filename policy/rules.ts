import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { apiHostDomain } from "./rules/api-host-domain";
import { apiHostUnique } from "./rules/api-host-unique";
import { apiSans } from "./rules/api-sans";
import { argocdSecretCredential } from "./rules/argocd-secret-credential";
import { argocdSecretLabel } from "./rules/argocd-secret-label";
import { argocdSecretName } from "./rules/argocd-secret-name";
import { argocdSecretTls } from "./rules/argocd-secret-tls";
import { chartVersionPinned } from "./rules/chart-version-pinned";
import { chartVersionSupported } from "./rules/chart-version-supported";
import { controlPlaneResources } from "./rules/control-plane-resources";
import { imageRegistry } from "./rules/image-registry";
import { imageRepository } from "./rules/image-repository";
import { imageTag } from "./rules/image-tag";
import { ingressSyncNeedsClasses } from "./rules/ingress-sync-needs-classes";
import { isolationLimitRange } from "./rules/isolation-limit-range";
import { isolationNetworkPolicies } from "./rules/isolation-network-policies";
import { isolationQuota } from "./rules/isolation-quota";
import { kubeconfigOutputs } from "./rules/kubeconfig-outputs";
import { mappingNamespaces } from "./rules/mapping-namespaces";
import { mappingSources } from "./rules/mapping-sources";
import { mappingSyntax } from "./rules/mapping-syntax";
import { mappingTargets } from "./rules/mapping-targets";
import { nameLengths } from "./rules/name-lengths";
import { namespaceNotDefault } from "./rules/namespace-not-default";
import { openSourceValues } from "./rules/open-source-values";
import { passthroughAnnotations } from "./rules/passthrough-annotations";
import { passthroughClass } from "./rules/passthrough-class";
import { passthroughRoutes } from "./rules/passthrough-routes";
import { passthroughRule } from "./rules/passthrough-rule";
import { passthroughTls } from "./rules/passthrough-tls";
import { persistentVolume } from "./rules/persistent-volume";
import { podSecurityLevel } from "./rules/pod-security-level";
import { schedulerNeedsNodes } from "./rules/scheduler-needs-nodes";
import { secretReadScope } from "./rules/secret-read-scope";
import { telemetryOff } from "./rules/telemetry-off";
import { valuesReadable } from "./rules/values-readable";
import { workloadIdentity } from "./rules/workload-identity";

export type Rule = ResourceValidationPolicy | StackValidationPolicy;

/** Every rule, in the order of the documentation: values, exposure, Argo CD, isolation, outputs. */
export const rules: readonly Rule[] = [
  valuesReadable,
  schedulerNeedsNodes,
  mappingSyntax,
  mappingSources,
  mappingTargets,
  mappingNamespaces,
  ingressSyncNeedsClasses,
  workloadIdentity,
  controlPlaneResources,
  persistentVolume,
  imageRepository,
  imageRegistry,
  imageTag,
  telemetryOff,
  openSourceValues,
  secretReadScope,
  chartVersionPinned,
  chartVersionSupported,
  nameLengths,
  namespaceNotDefault,
  passthroughAnnotations,
  passthroughRule,
  passthroughClass,
  passthroughTls,
  passthroughRoutes,
  apiHostDomain,
  apiHostUnique,
  apiSans,
  argocdSecretLabel,
  argocdSecretName,
  argocdSecretTls,
  argocdSecretCredential,
  isolationQuota,
  isolationLimitRange,
  isolationNetworkPolicies,
  podSecurityLevel,
  kubeconfigOutputs,
];
