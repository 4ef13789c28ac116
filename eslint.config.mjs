import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  // The template imports the packages of a release; its test compiles it against them.
  { ignores: ["bin/", "policy/bin/", "template/", "**/node_modules/"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    // The Kubernetes client declares its models as classes and takes plain objects for them.
    files: ["test/**", "testing/**"],
    rules: { "@typescript-eslint/no-unsafe-class-instance-assignment": "off" },
  },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "@pulumi/no-output-in-template-literal": "off" },
  },
  // Node.js preloads it before anything is compiled.
  { files: ["preload.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
