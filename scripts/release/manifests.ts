import type { JsonObject } from "../../shared/json";

/** A package.json, as far as it is read here. */
export interface Manifest extends JsonObject {
  version: string;
  dependencies: Record<string, string>;
}

/** Where the packages begin, as paths in their folder: what TypeScript imports, what Pulumi starts. */
export const ENTRIES = {
  component: "bin/components/index",
  program: "bin/index",
  provider: "bin/provider/main",
};

/** What the engine looks for at the root of a plugin. */
export const PLUGIN_FILES = ["PulumiPlugin.yaml", "pulumi-resource-vcluster-environments"];

/**
 * package.json of the component: an npm package for programs in TypeScript, and in the same folder a plugin that Pulumi
 * starts for all other languages. It has no scripts, since Pulumi installs a plugin without development dependencies.
 */
export function componentManifest(checkout: Manifest): JsonObject {
  return {
    ...description(checkout),
    // Started in a folder with PulumiPlugin.yaml. Programs that import the package get `exports`.
    main: `${ENTRIES.provider}.js`,
    types: `${ENTRIES.component}.d.ts`,
    exports: {
      ".": exported(ENTRIES.component),
      "./program": exported(ENTRIES.program),
      "./package.json": "./package.json",
    },
    files: ["bin/", "provider/", "CHANGELOG.md", ...PLUGIN_FILES],
    dependencies: dependencies(checkout),
  };
}

/** package.json of the policy pack, which is installed beside the component. */
export function policyManifest(pack: Manifest): JsonObject {
  return {
    ...description(pack),
    main: pack["main"] ?? "",
    files: ["bin/", "profiles/", "PulumiPolicy.yaml"],
    dependencies: dependencies(pack),
  };
}

/** `private` stays: the name on the public registry is not ours. */
function description({ name, version, description, license, engines }: Manifest): JsonObject {
  return { name, version, description, license, private: true, engines };
}

function exported(entry: string): JsonObject {
  return { types: `./${entry}.d.ts`, default: `./${entry}.js` };
}

/** Pinned, except for the SDK: a program needs one copy of it, because classes of two copies are different types. */
function dependencies(manifest: Manifest): Record<string, string> {
  const sdk = "@pulumi/pulumi";
  return { ...manifest.dependencies, [sdk]: `^${manifest.dependencies[sdk] ?? ""}` };
}
