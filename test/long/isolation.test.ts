import { isolationSuite } from "../support/isolation";

isolationSuite(["open"]);
