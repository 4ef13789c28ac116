/**
 * Whether a repository's URL has a password or token in it. A user name alone is a token where requests are by HTTP, as
 * in `https://<token>@host`; for SSH it is only a name, as in `ssh://git@host`.
 */
export function hasCredentials(url: string): boolean {
  const [, scheme = "", user] = USER.exec(url) ?? [];
  return user !== undefined && (user.includes(":") || !/ssh$/i.test(scheme));
}

/** For messages, also about what is no URL: without its scheme, or behind a blank, a password is one all the same. */
export function withoutCredentials(url: string): string {
  return url.replace(USER, "$1://").replace(/[^\s/:@]*:[^\s/@]*@/g, "");
}

/** Scheme, and what is before the host. */
const USER = /^([\w+]+):\/\/([^/@\s]+)@/;
