/** Which page an address means. Pure; changing the address is `navigate`. */

export type Route =
  | { readonly page: "home" }
  | { readonly page: "signin" }
  | { readonly page: "interview"; readonly interview: string }
  | { readonly page: "unknown" };

/** The page of a path. */
export function routeOf(pathname: string): Route {
  const parts = pathname.split("/").filter(Boolean);
  const [first, second] = parts;
  if (first === undefined) return { page: "home" };
  if (first === "signin" && parts.length === 1) return { page: "signin" };
  if (first === "i" && second !== undefined && parts.length === 2) {
    return { page: "interview", interview: decodeURIComponent(second) };
  }
  return { page: "unknown" };
}

/** The secret in an address's fragment, or null. */
export function secretOf(hash: string): string | null {
  return hash.length > 1 ? decodeURIComponent(hash.slice(1)) : null;
}
