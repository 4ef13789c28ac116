import { attacks } from "../support/attacks";
import { attackSuite } from "../support/attacks/suite";

attackSuite("attacks", "Attacks on an environment's neighbours and its host", attacks);
