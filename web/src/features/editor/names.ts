/** File names of the workspace: which are allowed, and which to propose. Pure. */

/** As the runner takes them (contracts/runs.py FILE_NAME_LENGTH_MAX, FILES_MAX). */
export const NAME_LENGTH_MAX = 120;
export const FILES_MAX = 50;

const SEGMENT = /^[\p{L}\p{N}_][\p{L}\p{N}._+-]*$/u;

/** Why `name` cannot be a file's name, as a sentence; null when it can. `others` are the other files' names. */
export function nameProblem(name: string, others: readonly string[]): string | null {
  if (name === "") return "A file needs a name.";
  if (name.length > NAME_LENGTH_MAX)
    return `Keep the name under ${NAME_LENGTH_MAX} characters; this one has ${name.length}.`;
  if (name.startsWith("/")) return "Start with a folder or a file, not with a slash.";
  if (!name.split("/").every((segment) => SEGMENT.test(segment)))
    return "Use letters, digits, dots, dashes and underscores; a slash makes a folder.";
  const same = others.find((other) => other.toLowerCase() === name.toLowerCase());
  return same ? `There is already a file called ${same}.` : null;
}

/** `main.py` → `main-2.py` while that is taken. */
export function freeName(wished: string, others: readonly string[]): string {
  const taken = new Set(others.map((other) => other.toLowerCase()));
  const dot = wished.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [wished.slice(0, dot), wished.slice(dot)] : [wished, ""];
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wished : `${stem}-${number}${extension}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

/** The extension with its dot, or an empty string. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > name.lastIndexOf("/") ? name.slice(dot) : "";
}
