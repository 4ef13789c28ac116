/** The one function that is used; js-yaml brings no types. */
declare module "js-yaml" {
  export function load(text: string): unknown;
}
