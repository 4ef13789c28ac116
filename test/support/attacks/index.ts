import { apiAttacks } from "./api";
import type { Attack } from "./attack";
import { ingressAttacks } from "./ingress";
import { networkAttacks } from "./network";
import { objectAttacks } from "./objects";
import { podAttacks } from "./pods";

/** Every attack that each run of the tests carries out, in the order of the table. */
export const attacks: readonly Attack[] = [
  ...networkAttacks,
  ...apiAttacks,
  ...objectAttacks,
  ...ingressAttacks,
  ...podAttacks,
];
