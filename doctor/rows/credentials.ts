import { daysLeft, EXPIRY_WARNING_DAYS } from "../../components/vcluster/certificate-expiry";
import type { Row, Sighting } from "../model";
import type { Snapshot } from "../snapshot";
import { UP } from "./commands";

const RENEW = "make renew STACK={stack}";
const ROTATE = "vcluster certs rotate {release} -n {namespace}";
const PAGE = "docs/operations.md#credentials-and-certificates";

export const credentialRows: readonly Row[] = [
  {
    code: "certificate-expired",
    section: "credentials",
    severity: "error",
    healthy: "the virtual cluster's certificates are valid",
    cause:
      "a certificate of the virtual cluster has expired: its parts no longer trust each other after the next start",
    fix: RENEW,
    fixElsewhere: ROTATE,
    page: PAGE,
    needs: ["certificates"],
    find: (snapshot) => expiring(snapshot, -Infinity, 0),
  },
  {
    code: "certificate-expiring",
    section: "credentials",
    severity: "warning",
    healthy: "the virtual cluster's certificates are valid for some time",
    cause: `a certificate of the virtual cluster ends within ${EXPIRY_WARNING_DAYS} days`,
    fix: RENEW,
    fixElsewhere: ROTATE,
    page: PAGE,
    needs: ["certificates"],
    find: (snapshot) => expiring(snapshot, 0, EXPIRY_WARNING_DAYS),
  },
  {
    code: "administrator-rejected",
    section: "credentials",
    severity: "error",
    healthy: "the virtual cluster accepts its administrator",
    cause:
      "the API rejects the administrator's certificate: kubeconfigs with it, the stack's output among them, do not work",
    fix: RENEW,
    fixElsewhere: ROTATE,
    page: PAGE,
    needs: ["administrator"],
    follows: ["certificate-expired", "control-plane"],
    find: ({ read: { administrator }, names }) =>
      administrator?.rejected === undefined
        ? []
        : [{ what: `Secret ${names.namespace}/${names.certificates}`, seen: administrator.rejected }],
  },
  {
    code: "certificates-unreadable",
    section: "credentials",
    severity: "error",
    healthy: "the control plane's certificates can be used",
    cause: "the Secret with the control plane's certificates has no CA certificate, or none that can be read",
    fix: UP,
    needs: ["certificates"],
    find: ({ read: { certificates }, names }) =>
      certificates === undefined || certificates.authority !== ""
        ? []
        : [{ what: `Secret ${names.namespace}/${names.certificates}`, seen: "it has no ca.crt" }],
  },
];

/** Certificates whose whole days left are in a range, as one line: they were issued together. */
function expiring({ read: { certificates }, names, now }: Snapshot, from: number, to: number): Sighting[] {
  const found = (certificates?.validities ?? [])
    .map((validity) => ({ ...validity, left: daysLeft(validity, now) }))
    .filter(({ left }) => left >= from && left < to)
    .sort((a, b) => a.left - b.left);
  const [first] = found;
  if (first === undefined) return [];
  return [
    {
      what: `Secret ${names.namespace}/${names.certificates}`,
      seen: `${found.length} certificates, ${first.name} first: ${first.until.toISOString().slice(0, 10)}`,
    },
  ];
}
