import { describe, expect, it } from "vitest";
import { partsOf } from "./links";

const linksOf = (text: string) =>
  partsOf(text)
    .filter(({ isLink }) => isLink)
    .map(({ words }) => words);

describe("addresses in a chat line", () => {
  it.each([
    ["see https://a.example/b?c=1#d", ["https://a.example/b?c=1#d"]],
    ["Yes: https://a.example/b.", ["https://a.example/b"]],
    ["(at http://a.example)", ["http://a.example"]],
    ["https://a.example/wiki/C_(language), chapter 2", ["https://a.example/wiki/C_(language)"]],
    ["https://a.example https://b.example", ["https://a.example", "https://b.example"]],
    ["https://bücher.example/日本", ["https://bücher.example/日本"]],
  ])("are found without the sentence around them: %s", (text, links) => {
    expect(linksOf(text)).toEqual(links);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "example.com", "https://", "xhttp://a.b"])(
    "are of the web or stay text: %s",
    (text) => {
      expect(linksOf(text)).toEqual([]);
    },
  );

  it("lose nothing of the line", () => {
    const line = "a https://x.example/(y)), b https:// <http://z.example>!";
    expect(
      partsOf(line)
        .map(({ words }) => words)
        .join(""),
    ).toBe(line);
  });
});
