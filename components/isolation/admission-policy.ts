import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "@pulumi/kubernetes/admissionregistration/v1";
import {
  type CustomResourceOptions,
  interpolate,
  mergeOptions,
  type Resource,
  type ResourceOptions,
} from "@pulumi/pulumi";

import type { ResolvedEnvironment } from "../config/resolved";
import { OWN_OBJECT } from "../kubernetes/annotations";
import { syncerAccount } from "../vcluster/values";
import { hostRules } from "./admission/hosts";
import { type Validation, validation, type Variable } from "./admission/rule";
import { rules, variables } from "./admission/rules";
import { ENVIRONMENT_LABEL } from "../../shared/kubernetes";

/** What a policy checks, and how. */
interface Checked {
  readonly apiGroups: string[];
  readonly resources: string[];
  /** Kind by whose objects the validations are evaluated: those of {@link EVERY_ENVIRONMENT}. */
  readonly paramKind?: { apiVersion: string; kind: string };
  readonly variables?: Variable[];
  readonly validations: Validation[];
}

/** Namespaces of all environments on the host. */
const EVERY_ENVIRONMENT = {
  selector: { matchExpressions: [{ key: ENVIRONMENT_LABEL, operator: "Exists" }] },
  parameterNotFoundAction: "Allow",
};

/**
 * Takes from an environment's syncer what the rules allow, and refuses the rest: controllers, kube-proxy and kubelets of the
 * host act on what is in its namespace and know nothing of environments. Kubernetes evaluates the policies itself, from version
 * 1.30 on; there is no webhook. The second is for what depends on the other environments of the host at the time of a request.
 *
 * Only what the syncer makes is looked at: nothing else comes from a tenant. What is refused stays in the virtual cluster,
 * with an event that has the message.
 */
export function admissionPolicy(name: string, env: ResolvedEnvironment, opts: ResourceOptions): Resource[] {
  if (env.isolation.profile === "open") return [];
  const { names } = env;
  return [
    ...check(`${name}-synced-objects`, names.admissionPolicy, env, opts, {
      // Every kind and subresource, in and beside the namespace: what is not known is refused.
      apiGroups: ["*"],
      resources: ["*/*"],
      variables: variables(env),
      validations: rules(env).map(validation),
    }),
    ...check(`${name}-ingress-hosts`, names.hostPolicy, env, opts, {
      apiGroups: ["networking.k8s.io"],
      resources: ["ingresses"],
      paramKind: { apiVersion: "v1", kind: "Namespace" },
      validations: hostRules(env).map(validation),
    }),
  ];
}

/** A policy for requests of the environment's syncer, and its binding. */
function check(
  name: string,
  policyName: string,
  env: ResolvedEnvironment,
  opts: ResourceOptions,
  { apiGroups, resources, ...spec }: Checked,
): Resource[] {
  const { names } = env;
  const metadata = { name: policyName, annotations: OWN_OBJECT };
  const policy = new ValidatingAdmissionPolicy(
    name,
    {
      metadata,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": names.namespace } },
          resourceRules: [{ apiGroups, apiVersions: ["*"], operations: ["CREATE", "UPDATE"], resources }],
        },
        matchConditions: [
          {
            name: "by-the-syncer",
            expression: interpolate`request.userInfo.username == 'system:serviceaccount:${names.namespace}:${syncerAccount(env)}'`,
          },
        ],
        ...spec,
      },
    },
    mergeOptions(opts, takenBackWhole("spec.matchConditions")),
  );
  const binding = new ValidatingAdmissionPolicyBinding(
    `${name}-binding`,
    {
      metadata,
      spec: {
        policyName,
        validationActions: ["Deny"],
        ...(spec.paramKind !== undefined && { paramRef: EVERY_ENVIRONMENT }),
      },
    },
    mergeOptions(opts, { dependsOn: policy, ...takenBackWhole("spec.validationActions") }),
  );
  return [policy, binding];
}

/** Server-side apply merges these lists: what others add, and loosen the check by, would stay in the update of a program without preflight. */
function takenBackWhole(list: string): CustomResourceOptions {
  return { replaceOnChanges: [list], deleteBeforeReplace: true };
}
