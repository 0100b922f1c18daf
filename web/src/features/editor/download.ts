/** A file of the workspace as a file of this device. */
import type { Workspace } from "../../client/collab";

export function download(workspace: Workspace, id: string): void {
  const { files } = workspace.store.getState();
  const name = files.find((file) => file.id === id)?.name;
  const text = workspace.textOf(id)?.toString();
  if (name === undefined || text === undefined) return;
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
