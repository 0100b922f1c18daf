import { expect, it } from "vitest";
import { routeOf, secretOf } from "./route";

it.each([
  ["/", { page: "home" }],
  ["/signin", { page: "signin" }],
  ["/i/abc", { page: "interview", interview: "abc" }],
  ["/i/a%20b/", { page: "interview", interview: "a b" }],
  ["/i", { page: "unknown" }],
  ["/i/a/b", { page: "unknown" }],
  ["/nowhere", { page: "unknown" }],
])("%s means %j", (path, route) => expect(routeOf(path)).toEqual(route));

it("reads the secret of a fragment", () => {
  expect(secretOf("#s3cret")).toBe("s3cret");
  expect(secretOf("#")).toBeNull();
  expect(secretOf("")).toBeNull();
});
