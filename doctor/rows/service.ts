import type { Row } from "../model";
import { items, map, nameOf, selects, text, title } from "../objects";
import { planePods } from "./plane-pods";
import { REAPPLY, UP } from "./commands";

const BEFORE = ["namespaces", "host"];
const REPAIR = { fix: UP, fixElsewhere: REAPPLY } as const;

export const serviceRows: readonly Row[] = [
  {
    code: "service-missing",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's Service exists",
    cause: "the Service of the API was deleted: the ingress controller, Argo CD and tenants cannot reach the API",
    ...REPAIR,
    page: "docs/operations.md#manual-changes",
    needs: ["services"],
    follows: [...BEFORE, "control-plane-missing"],
    find: ({ read: { services = [] }, names }) =>
      services.some((service) => nameOf(service) === names.release)
        ? []
        : [{ what: `Service ${names.namespace}/${names.release}`, seen: "not found" }],
  },
  {
    code: "service-without-pods",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's Service selects its pods",
    cause: "the selector of the Service or the labels of the pods were changed: the API is unreachable",
    ...REPAIR,
    needs: ["services", "pods"],
    find: (snapshot) => {
      const service = (snapshot.read.services ?? []).find((one) => nameOf(one) === snapshot.names.release);
      const selector = map(service, "spec", "selector");
      const pods = planePods(snapshot);
      if (service === undefined || pods.length === 0) return [];
      if (pods.some((pod) => selects({ matchLabels: selector }, map(pod, "metadata", "labels")))) return [];
      return [{ what: title("Service", service), seen: `no pod of the control plane has ${JSON.stringify(selector)}` }];
    },
  },
  {
    code: "service-port-wrong",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's Service has the API's port",
    cause: "the ports of the Service were changed: the API is unreachable",
    ...REPAIR,
    needs: ["services"],
    find: ({ read: { services = [] }, names }) =>
      services
        .filter((service) => nameOf(service) === names.release)
        .filter(
          (service) =>
            !items(service, "spec.ports").some(
              (port) => text(port, "port") === "443" && ["8443", "https"].includes(text(port, "targetPort")),
            ),
        )
        .map((service) => ({
          what: title("Service", service),
          seen: `its ports are ${items(service, "spec.ports")
            .map((port) => `${text(port, "port")} to ${text(port, "targetPort")}`)
            .join(", ")}, and not 443 to 8443`,
        })),
  },
];
