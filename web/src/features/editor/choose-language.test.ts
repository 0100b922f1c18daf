import { describe, expect, it } from "vitest";
import type { LanguageInfo } from "../../client/runs";
import { chooseLanguage, isUntouched, languageOfName } from "./choose-language";

const language = (id: string, extension: string, template: string): LanguageInfo => ({
  id,
  label: id,
  version: "1.0",
  available: true,
  install: null,
  extensions: [extension],
  entry: `main.${extension}`,
  template,
});
const python = language("python", "py", 'print("hello")\n');
const go = language("go", "go", "package main\n");
const languages = [python, go];

describe("choosing a language", () => {
  it("brings the greeting and the name to a file that nobody has written in", () => {
    const choice = chooseLanguage(go, { name: "main.py", text: 'print("hello")\n' }, [], languages);
    expect(choice.rename).toBe("main.go");
    expect(choice.change).toEqual({ from: 1, to: 14, insert: "ackage main" });
  });

  it("leaves a file with work in it alone", () => {
    expect(chooseLanguage(go, { name: "main.py", text: "x = 1" }, [], languages)).toEqual({});
  });

  it("does not take a name that another file has", () => {
    const choice = chooseLanguage(go, { name: "main.py", text: "" }, ["main.go"], languages);
    expect(choice.rename).toBe("main-2.go");
  });

  it("changes nothing when all is as the language wants it", () => {
    expect(chooseLanguage(go, { name: "main.go", text: go.template }, [], languages)).toEqual({});
  });

  it("takes white space around a greeting for no work", () => {
    expect(isUntouched('\nprint("hello")\n\n', languages)).toBe(true);
    expect(isUntouched(" \n", languages)).toBe(true);
    expect(isUntouched('print("hello!")', languages)).toBe(false);
  });

  it("knows a language by the end of a name, with or without a dot in the registry", () => {
    expect(languageOfName("src/Main.PY", languages)?.id).toBe("python");
    expect(languageOfName("x.go", [{ ...go, extensions: [".go"] }])?.id).toBe("go");
    expect(languageOfName("Makefile", languages)).toBeUndefined();
  });
});
