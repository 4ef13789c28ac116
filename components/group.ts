import { type Alias, ComponentResource, type Resource } from "@pulumi/pulumi";

/** What an environment is made of, as the tree of `pulumi up` and `pulumi stack` shows it. */
type GroupType = "ControlPlane" | "Isolation" | "ArgoCD";

/**
 * A part of an environment. It only groups: order is expressed by `dependsOn`, never by nesting.
 *
 * Environments made before there were groups have the same resources directly below the environment. {@link children}
 * gives each child an alias to that place, so that Pulumi moves it in its state instead of replacing it.
 *
 * A group has the name of its environment: where a program renames that by an alias, the engine looks for a child under
 * its old name only if that name starts with its parent's.
 */
export class Group extends ComponentResource {
  constructor(
    type: GroupType,
    name: string,
    private readonly environment: Resource,
  ) {
    super(`vcluster-environments:index:${type}`, name, {}, { parent: environment });
    this.registerOutputs();
  }

  /** Options of a child that comes after `dependsOn`. */
  readonly children = (...dependsOn: Resource[]): { parent: Resource; dependsOn: Resource[]; aliases: Alias[] } => ({
    parent: this,
    dependsOn,
    aliases: [{ parent: this.environment }],
  });
}
