import { expect, it } from "vitest";
import { endpointsOf, typeOf } from "./openapi";

it("groups endpoints by tag", () => {
  const document = {
    info: { title: "T", version: "1" },
    paths: {
      "/a": { get: { tags: ["x"], summary: "Get a", responses: { "200": { description: "Ok" } } } },
      "/b": { post: { tags: ["x"] }, delete: {} },
    },
  };
  const groups = endpointsOf(document);
  expect([...groups.keys()]).toEqual(["x", "other"]);
  expect(groups.get("x")?.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /a",
    "POST /b",
  ]);
});

it("writes types briefly", () => {
  expect(typeOf({ $ref: "#/components/schemas/Join" })).toBe("Join");
  expect(typeOf({ anyOf: [{ type: "integer" }, { type: "null" }] })).toBe("integer | null");
  expect(typeOf({ type: "array", items: { type: "string" } })).toBe("string[]");
  expect(typeOf({ enum: ["a", "b"] })).toBe('"a" | "b"');
});
