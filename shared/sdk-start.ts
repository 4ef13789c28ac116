import Module, * as modules from "node:module";
import { dirname, join } from "node:path";

/**
 * Neither program nor policies need them: npm's resolver, for serialized functions; the Automation API; and the translation of
 * stack traces to TypeScript, which reads source maps for every promise that the SDK follows (0.5 s of a preview).
 */
const UNUSED = ["@npmcli/arborist", "@pulumi/pulumi/automation", "source-map-support/register"];

/** What Node.js has from 22 on. */
const { enableCompileCache, flushCompileCache } = modules as {
  enableCompileCache?: (directory: string) => unknown;
  flushCompileCache?: () => void;
};

const sdkFile = require.resolve("@pulumi/pulumi/package.json");
const sdk = modules.createRequire(sdkFile);

// Beside the SDK: in a folder that all users of the machine share, others could leave code there.
enableCompileCache?.(join(dirname(sdkFile), "../../.cache/compile"));

/** File of a module that the SDK loads; undefined if this version of the SDK no longer has it. */
function found(name: string): string | undefined {
  try {
    return sdk.resolve(name);
  } catch {
    return undefined;
  }
}

// They are more than half of the SDK's modules.
for (const id of UNUSED.flatMap((name) => found(name) ?? [])) {
  const empty = new Module(id);
  empty.loaded = true;
  require.cache[id] ??= empty;
}

// The SDK keeps a stack trace for every promise, thousands in a preview, to name those that never settle. Only a search for
// such promises needs it; all other errors keep theirs.
const promises = found("./runtime/debuggable");
if (promises !== undefined && process.env["PULUMI_DEBUG_PROMISE_LEAKS"] === undefined) {
  const debuggable = sdk(promises) as { debuggablePromise: (...args: unknown[]) => unknown };
  const original = debuggable.debuggablePromise;
  debuggable.debuggablePromise = (...args) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return original(...args);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

/** Keeps what is compiled so far, for a process that Pulumi ends before it could do so itself. */
export function keepCompiled(): void {
  flushCompileCache?.();
}
