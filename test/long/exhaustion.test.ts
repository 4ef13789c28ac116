import { exhaustion } from "../support/attacks/exhaustion";
import { attackSuite } from "../support/attacks/suite";

attackSuite("exhaustion", "Using up the host from one environment", exhaustion);
