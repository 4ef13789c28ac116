/** Why an admission policy refused a request, from the API's message or an event with it; undefined where none did. */
export function refusalIn(message: string): string | undefined {
  return / denied request: (.*)/s.exec(message)?.[1];
}
