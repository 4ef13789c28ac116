import { type Alias, ComponentResource, type Resource } from "@pulumi/pulumi";

/** Options of a group's child. */
interface ChildOptions {
  parent: Resource;
  dependsOn: Resource[];
  aliases: Alias[];
}

/** What an environment is made of, as the tree of `pulumi up` and `pulumi stack` shows it. */
export type GroupType = "ControlPlane" | "Isolation" | "ArgoCD";

/**
 * A part of an environment. It only groups: order is expressed by `dependsOn`, never by nesting.
 *
 * Environments made before there were groups have the same resources directly below the environment. {@link children}
 * gives each child an alias to that place, so that Pulumi moves it in its state instead of replacing it.
 *
 * A group has the name of its environment: where a program renames that, by an alias, the engine looks for a child under the
 * old name only if its name starts with its parent's.
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
  readonly children = (...dependsOn: Resource[]): ChildOptions => ({
    parent: this,
    dependsOn,
    aliases: [{ parent: this.environment }],
  });
}
