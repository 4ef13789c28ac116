import { appendFileSync } from "node:fs";

import type { Provider } from "@pulumi/pulumi/provider";
import { main } from "@pulumi/pulumi/provider/server";

import { outputs } from "./control-plane";

/** File to which each deletion appends the URN. */
export const DELETIONS = "FAKE_PROVIDER_DELETIONS";
/** Names of the resources that may be created, as JSON. */
export const CREATES = "FAKE_PROVIDER_CREATES";

/**
 * Stands in for the provider of any package, for tests of where resources are in the state. It finds no difference
 * between inputs, has what is read, and creates nothing but what CREATES names.
 */
class FakeProvider implements Provider {
  readonly version = "1.0.0";

  diff() {
    return Promise.resolve({ changes: false });
  }

  create(urn: string, inputs: Record<string, unknown>) {
    const expected = JSON.parse(process.env[CREATES] ?? "[]") as string[];
    if (!expected.includes(urn.split("::").at(-1) ?? "")) return Promise.reject(new Error(`${urn} would be created`));
    return Promise.resolve({ id: "created", outs: { ...outputs({ type: typeOf(urn), inputs }), ...inputs } });
  }

  read(id: string, urn: string, props: Record<string, unknown> = {}) {
    return Promise.resolve({ id, props: { ...outputs({ type: typeOf(urn), inputs: props }), ...props } });
  }

  delete(_id: string, urn: string): Promise<void> {
    appendFileSync(process.env[DELETIONS] ?? "", `${urn}\n`);
    return Promise.resolve();
  }
}

function typeOf(urn: string): string {
  return urn.split("::").at(-2)?.split("$").at(-1) ?? "";
}

if (require.main === module) void main(new FakeProvider(), process.argv.slice(2));
