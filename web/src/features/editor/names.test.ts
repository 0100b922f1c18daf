import { describe, expect, it } from "vitest";
import { extensionOf, freeName, NAME_LENGTH_MAX, nameProblem } from "./names";

describe("a file's name", () => {
  it.each(["main.py", "src/app.ts", "Größe.py", "a-b_c+d.h", "Makefile", "_x"])(
    "may be %s",
    (name) => expect(nameProblem(name, [])).toBeNull(),
  );

  it.each(["", "../x", "a/../b", "/etc/passwd", "a//b", ".hidden", "-o", "a b.py", "a\\b", "x/"])(
    "may not be %j",
    (name) => expect(nameProblem(name, [])).toMatch(/\.$/),
  );

  it("may not be a name twice, in whatever case", () => {
    expect(nameProblem("Main.py", ["main.py"])).toContain("main.py");
  });

  it("has a limit", () => {
    expect(nameProblem("a".repeat(NAME_LENGTH_MAX), [])).toBeNull();
    expect(nameProblem("a".repeat(NAME_LENGTH_MAX + 1), [])).not.toBeNull();
  });

  it("is proposed with a number when it is taken", () => {
    expect(freeName("file.py", [])).toBe("file.py");
    expect(freeName("file.py", ["FILE.py", "file-2.py"])).toBe("file-3.py");
  });

  it("ends in its extension, if it has one", () => {
    expect(extensionOf("src/main.test.ts")).toBe(".ts");
    expect(extensionOf("a.b/Makefile")).toBe("");
  });
});
