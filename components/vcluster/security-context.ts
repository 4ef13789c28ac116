/** Any user but root: all that control plane and etcd write is in volumes, and their ports are above 1024. */
const USER = 65532;

export const UNPRIVILEGED = {
  runAsUser: USER,
  runAsGroup: USER,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** The group gives the user the volume, on storage that can change the owner of files. */
export const POD_SECURITY_CONTEXT = { fsGroup: USER, seccompProfile: { type: "RuntimeDefault" } };
