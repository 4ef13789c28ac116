import { imagesOf } from "../images";
import { type Lists, textList, vclusterRule } from "../rule";
import { VALUES_DOCS } from "../urls";

export const imageRegistry = vclusterRule<Lists<"allowedRegistries">>({
  name: "image-registry",
  description: "Images of the control plane come from allowed registries.",
  severity: "high",
  remediationSteps: "Set the image's registry, or controlPlane.advanced.defaultImageRegistry, to an allowed one.",
  url: `${VALUES_DOCS}/control-plane/other/advanced/default-image-registry`,
  configSchema: {
    allowedRegistries: textList(
      ["ghcr.io", "registry.k8s.io"],
      "Registries without a path. Images without a registry come from docker.io.",
    ),
  },
  check: (vcluster, { config, report }) => {
    for (const { path, registry, repository } of imagesOf(vcluster)) {
      const host = hostOf(registry, repository);
      if (config.allowedRegistries.includes(host)) continue;
      report({
        path: vcluster.values.where(`${path}.registry`),
        problem: `the image would be pulled from ${host}`,
        value: registry,
        allowed: config.allowedRegistries.join(", "),
        fix: "set it to an allowed registry",
      });
    }
  },
});

/** Registry of an image, as container runtimes parse image names. */
function hostOf(registry: string, repository: string): string {
  const [first = "", ...rest] = [registry, repository]
    .filter((part) => part !== "")
    .join("/")
    .split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}
