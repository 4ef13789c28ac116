export { ConfigurationError, type Problem as Finding } from "../shared/errors";
export type * from "./config/args";
export { type Settings, settings } from "./config/defaults";
export type { ResolvedEnvironment } from "./config/resolved";
export { Environment } from "./environment";
export { type Names, environmentNames, syncedName } from "./names";
export { type ResolveOptions, resolve } from "./resolve";
