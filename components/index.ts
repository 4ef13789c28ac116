export { ConfigurationError, type Problem as Finding } from "../shared/errors";
export type * from "./config/args";
export { type Settings, settings } from "./config/defaults";
export { Environment } from "./environment";
export { type Names, environmentNames, syncedName } from "./names";
export { type ResolveOptions, type ResolvedEnvironment, resolve } from "./resolve";
