import assert from "node:assert/strict";
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema";

/** Fails where a value does not fit a schema, for the part of JSON Schema that the rules use and nothing else. */
export function assertConforms(schema: PolicyConfigJSONSchema, value: unknown): void {
  if (schema.enum) assert.ok(schema.enum.includes(value as string), `${String(value)} is not in the list`);
  switch (schema.type) {
    case "array":
      assert.ok(Array.isArray(value));
      for (const item of value) assertConforms(schema.items as PolicyConfigJSONSchema, item);
      return;
    case "object":
      assert.ok(typeof value === "object" && value !== null);
      for (const key of schema.required ?? []) assert.ok(key in value, `${key} is missing`);
      for (const [key, item] of Object.entries(value)) {
        const property = schema.properties?.[key];
        assert.ok(typeof property === "object", `${key} is not a property`);
        assertConforms(property, item);
      }
      return;
    case "string":
    case "boolean":
      assert.equal(typeof value, schema.type);
      return;
    default:
      assert.fail(`no rule should use the type ${String(schema.type)}`);
  }
}
