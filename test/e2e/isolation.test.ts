import { isolationSuite } from "../support/isolation";

// The profile without bounds is in `make test-long PART=isolation`.
isolationSuite(["default", "hardened"]);
