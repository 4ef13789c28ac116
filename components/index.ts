export type * from "./args";
export { type Settings, settings } from "./defaults";
export { Environment } from "./environment";
export { ConfigurationError, type Finding } from "./findings";
export { environmentNames, type Names, syncedName } from "./names";
