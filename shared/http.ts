import type { ClientRequest } from "node:http";

import { CodedError } from "./coded";

/** Answer of a server to a request. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends a request and reads the answer, up to so many bytes. @throws Error where there is none, or a larger one */
export function answerTo(request: ClientRequest, content?: string, limit = Infinity): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.once("error", reject);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= limit) chunks.push(chunk);
        else {
          const what = `${request.method} ${request.path.replace(/\?.*/, "")}`;
          reject(new CodedError(`${what} returned more than ${limit} bytes`, "answer-too-large"));
          request.destroy();
        }
      });
      response.once("error", reject);
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    request.end(content);
  });
}
