/** What to do with the state after a run on a wrong host, for messages. */
export const RESTORE_STATE =
  "Where this run has refreshed the state, Pulumi has removed from it what this host does not have, and a destroy that is " +
  "repeated on the right host would leave that there: before it, restore the version before this run, from `pulumi stack export --version` or the backend's history, by `pulumi stack import`";
