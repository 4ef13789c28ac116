import Module, { createRequire } from "node:module";

/** npm's resolver, for functions that are sent elsewhere, and what drives the `pulumi` command: no policy needs either. */
const UNUSED = ["@npmcli/arborist", "@pulumi/pulumi/automation"];

/**
 * Puts empty modules in their place before the SDK loads them. Otherwise they are more than half of the modules that it
 * loads, and a quarter of the processor time until the pack answers. Every `pulumi` run with the pack needs it, to start
 * fast; when a new SDK no longer has one of these modules, `resolve` throws and the pack does not start: remove its name.
 */
const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
for (const id of UNUSED.map((name) => sdk.resolve(name))) {
  const empty = new Module(id);
  empty.loaded = true;
  require.cache[id] ??= empty;
}
