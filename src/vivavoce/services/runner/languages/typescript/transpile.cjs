// Removes the types of every file named after the compiler's path: argv = [typescript.js, out folder, ...sources].
// Types are not checked: what runs is what the types leave. Syntax errors are shown and end it with 1.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const [compiler, out, ...sources] = process.argv.slice(2);
const ts = require(compiler);

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  esModuleInterop: true,
  rewriteRelativeImportExtensions: true,
  jsx: ts.JsxEmit.React,
  inlineSourceMap: true,
  sourceRoot: `${process.cwd()}/`,
};
const host = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => process.cwd(),
  getNewLine: () => "\n",
};

const diagnostics = [];
for (const fileName of sources) {
  const text = fs.readFileSync(fileName, "utf8");
  const result = ts.transpileModule(text, { compilerOptions, fileName, reportDiagnostics: true });
  diagnostics.push(...result.diagnostics);
  const target = path.join(out, fileName.replace(/\.[cm]?ts$/, ".js"));
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, result.outputText);
}
process.stderr.write(ts.formatDiagnostics(diagnostics, host));
process.exitCode = diagnostics.length === 0 ? 0 : 1;
