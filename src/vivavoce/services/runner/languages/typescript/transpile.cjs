// Removes the types of a program's files: argv = [typescript.js, out folder, entry]. What the entry imports comes along,
// JavaScript and JSON too; a file that nobody imports may be broken. Types are not checked: what runs is what the
// types leave. Syntax errors are shown and end it with 1.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const [compiler, out, entry] = process.argv.slice(2);
const ts = require(compiler);

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  allowJs: true,
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
const SCRIPT = /\.([cm]?ts|[jt]sx?)$/;
const EXTENSIONS = [".ts", ".tsx", ".mts", ".cts", ".js", ".json"];

const diagnostics = [];
const first = path.normalize(entry);
const reached = new Set([first]);
for (const file of reached) {
  const text = fs.readFileSync(file, "utf8");
  if (!SCRIPT.test(file)) {
    write(file, text);
    continue;
  }
  const options = { compilerOptions, fileName: file, reportDiagnostics: true };
  const result = ts.transpileModule(text, options);
  diagnostics.push(...result.diagnostics);
  const script = file === first && awaits(text) ? inAsync(result.outputText) : result.outputText;
  write(file.replace(SCRIPT, ".js"), script);
  for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
    const found = fileName.startsWith(".") && find(path.join(path.dirname(file), fileName));
    if (found) reached.add(found);
  }
}
process.stderr.write(ts.formatDiagnostics(diagnostics, host));
process.exitCode = diagnostics.length === 0 ? 0 : 1;

/** As TypeScript finds it: `./x` and `./x.js` may mean x.ts. Nothing if it is not there: the program will say so. */
function find(name) {
  const typed = name.replace(/\.([cm]?)js$/, ".$1ts");
  const candidates = [typed, name, ...EXTENSIONS.flatMap((e) => [name + e, `${name}/index${e}`])];
  return candidates.find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** Whether it awaits outside of all functions. */
function awaits(text) {
  const isAwait = (node) => ts.isAwaitExpression(node) || node.awaitModifier !== undefined;
  const visit = (node) =>
    !ts.isFunctionLike(node) && (isAwait(node) || ts.forEachChild(node, visit) === true);
  return visit(ts.createSourceFile(entry, text, ts.ScriptTarget.ES2022));
}

/** CommonJS may await only in a function, and the entry exports nothing to anybody. The lines stay where they are. */
function inAsync(script) {
  return `(async () => { ${script}\n})();`;
}

function write(file, text) {
  const target = path.join(out, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, text);
}
