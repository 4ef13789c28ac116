import * as http from "node:http";

import { type Answer, answerTo } from "../../../shared/http";
import { within } from "../../../shared/wait";

/** Asks for a page by its URL, from this machine. */
export function httpGetAt(url: string): Promise<Answer> {
  return within(10_000, answerTo(http.get(url, { agent: false })));
}
