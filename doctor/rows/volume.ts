import { volumeClaims } from "../../components/names";
import type { Row } from "../model";
import { items, nameOf, text, title } from "../objects";
import { involves, recent } from "./plane-pods";
import { REAPPLY, UP } from "./commands";

const BEFORE = ["namespaces", "host"];
const REPAIR = { fix: UP, fixElsewhere: REAPPLY } as const;

export const volumeRows: readonly Row[] = [
  {
    code: "volume-terminating",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's volume is not being deleted",
    cause:
      "the PersistentVolumeClaim was deleted: it is removed, with all objects of the virtual cluster, as soon as the control plane's pod stops, so take a snapshot first",
    fix: "vcluster snapshot create {release} -n {namespace} oci://<registry>/<repository>:<tag>",
    needs: ["volumeClaims"],
    follows: ["namespaces"],
    find: ({ read: { volumeClaims: claims = [] }, names, expected }) => {
      const own = volumeClaims(names, expected?.controlPlane.replicas ?? 1);
      return claims
        .filter(({ metadata }) => own.includes(metadata?.name ?? "") && metadata?.deletionTimestamp !== undefined)
        .map((claim) => ({
          what: title("PersistentVolumeClaim", claim),
          seen: `deleted at ${claim.metadata?.deletionTimestamp ?? "?"}`,
        }));
    },
  },
  {
    code: "volume-missing",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's volume exists",
    cause: "the claim of the volume is gone, and with it all objects of the virtual cluster; it starts empty",
    ...REPAIR,
    page: "docs/operations.md#manual-changes",
    needs: ["statefulSet", "volumeClaims"],
    follows: [...BEFORE, "control-plane-missing", "control-plane-scaled-down", "control-plane-refused"],
    find: ({ read: { state, volumeClaims: claims = [] }, names, expected }) => {
      const persistent = items(state?.statefulSet, "spec.volumeClaimTemplates").length > 0;
      if (!persistent) return [];
      return volumeClaims(names, expected?.controlPlane.replicas ?? 1)
        .filter((claim) => !claims.some((one) => nameOf(one) === claim))
        .map((claim) => ({ what: `PersistentVolumeClaim ${names.namespace}/${claim}`, seen: "not found" }));
    },
  },
  {
    code: "volume-unbound",
    section: "control-plane",
    severity: "error",
    healthy: "the control plane's volume is bound",
    cause: "the host makes no volume for the claim: the StorageClass is missing, or its provisioner fails",
    fix: "kubectl -n {namespace} describe persistentvolumeclaim {claim}",
    needs: ["volumeClaims", "storageClasses", "events"],
    follows: BEFORE,
    find: (snapshot) => {
      const { volumeClaims: claims = [], storageClasses = [], events = [] } = snapshot.read;
      const own = volumeClaims(snapshot.names, snapshot.expected?.controlPlane.replicas ?? 1);
      return claims
        .filter((claim) => own.includes(nameOf(claim)) && text(claim, "status.phase") !== "Bound")
        .map((claim) => {
          const className = text(claim, "spec.storageClassName");
          const known = storageClasses.map(nameOf);
          const event = recent(snapshot, events)
            .filter((one) => involves(one, "PersistentVolumeClaim", nameOf(claim)))
            .at(-1);
          const missing =
            className !== "" && !known.includes(className)
              ? `there is no StorageClass ${className} (there are: ${known.join(", ") || "none"})`
              : "";
          return {
            what: title("PersistentVolumeClaim", claim),
            seen: [text(claim, "status.phase"), missing || text(event, "message")]
              .filter((part) => part !== "")
              .join(": "),
            names: { claim: nameOf(claim) },
          };
        });
    },
  },
];
