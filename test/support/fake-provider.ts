import { appendFileSync } from "node:fs";

import type { Provider } from "@pulumi/pulumi/provider";
import { main } from "@pulumi/pulumi/provider/server";

import { outputs } from "./control-plane";

/** File to which each deletion appends the URN. */
export const DELETIONS = "FAKE_PROVIDER_DELETIONS";

/**
 * Stands in for the provider of any package, for tests of where resources are in the state. It finds no difference
 * between inputs, has what is read, and creates nothing.
 */
class FakeProvider implements Provider {
  readonly version = "1.0.0";

  diff() {
    return Promise.resolve({ changes: false });
  }

  create(urn: string): Promise<never> {
    return Promise.reject(new Error(`${urn} would be created`));
  }

  read(id: string, urn: string, props: Record<string, unknown> = {}) {
    const type = urn.split("::").at(-2)?.split("$").at(-1) ?? "";
    return Promise.resolve({ id, props: { ...outputs({ type, inputs: props }), ...props } });
  }

  delete(_id: string, urn: string): Promise<void> {
    appendFileSync(process.env[DELETIONS] ?? "", `${urn}\n`);
    return Promise.resolve();
  }
}

if (require.main === module) void main(new FakeProvider(), process.argv.slice(2));
