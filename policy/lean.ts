import Module, { createRequire } from "node:module";

/** npm's resolver, for serialized functions, and the Automation API: policies need neither. */
const UNUSED = ["@npmcli/arborist", "@pulumi/pulumi/automation"];

/**
 * Replaces them with empty modules before the SDK loads them: they are more than half of its modules, and a quarter of the
 * processor time that every preview with the pack spends on starting it. If a new SDK no longer has one of them, `resolve`
 * throws and the pack does not start: remove its name.
 */
const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
for (const id of UNUSED.map((name) => sdk.resolve(name))) {
  const empty = new Module(id);
  empty.loaded = true;
  require.cache[id] ??= empty;
}
