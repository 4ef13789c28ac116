import { attacks } from "../support/attacks";
import { attackSuite } from "../support/attacks/suite";

// `make test-long PART=attacks` has the other profiles as well: `open`, where they succeed, and `hardened`.
attackSuite("attacks", "Attacks on an environment's neighbours and its host", attacks, ["default"]);
