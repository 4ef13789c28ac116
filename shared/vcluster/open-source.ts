/** Repository of the open source image; the chart's default is the commercial one. `versions.ts` has what it lacks. */
export const OPEN_SOURCE_REPOSITORY = "loft-sh/vcluster-oss";

/** True for an open source image: mirrors have another registry and path, and keep the last part of the name. */
export function isOpenSource(repository: string, openSource: readonly string[] = [OPEN_SOURCE_REPOSITORY]): boolean {
  return openSource.some((name) => name.split("/").at(-1) === repository.split("/").at(-1));
}
