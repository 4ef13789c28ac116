import { api } from "./api";
import { config } from "./config";
import { controllers } from "./controllers";
import { networkPrograms } from "./network";
import type { Program } from "./program";
import { services } from "./services";
import { storage } from "./storage";

/** Small programs that people run, by subject. */
export const programs: readonly Program[] = [
  ...controllers,
  ...services,
  ...storage,
  ...config,
  ...networkPrograms,
  ...api,
];
