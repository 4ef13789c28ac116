import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { text } from "node:stream/consumers";

/** Starts a server on a free port of loopback. @returns the port */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Hands on requests whose body was read. */
export function withBody(
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): RequestListener {
  return (request, response) => {
    void text(request).then((body) => {
      answer(request, body, response);
    });
  };
}

/** Answers with a byte now and then, for ever. */
export function trickle(response: ServerResponse): void {
  const timer = setInterval(() => response.write(" "), 50);
  response.once("close", () => {
    clearInterval(timer);
  });
}
