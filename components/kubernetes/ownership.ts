import { getOrganization, getProject, getStack } from "@pulumi/pulumi";

/** Namespaces are marked with the stack that made them, so that no two stacks work on one environment. */
export const STACK_ANNOTATION = "vcluster-environments/stack";
/** Label by which the namespaces of all environments are found; its value is the environment's name. */
export const ENVIRONMENT_LABEL = "vcluster-environments/environment";

/** The stack of this program, as the annotation has it: `organization/project/stack`. */
export function stackIdentity(): string {
  return [organization(), getProject(), getStack()].join("/");
}

/** Engines do not tell a component provider its organization; backends without organizations say `organization`. */
function organization(): string {
  try {
    return getOrganization();
  } catch {
    return "organization";
  }
}

/** What marks the namespace of an environment. */
export function ownershipMetadata(environment: string): {
  labels: Record<string, string>;
  annotations: Record<string, string>;
} {
  return { labels: { [ENVIRONMENT_LABEL]: environment }, annotations: { [STACK_ANNOTATION]: stackIdentity() } };
}
