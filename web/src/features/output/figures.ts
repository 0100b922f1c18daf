/** Time and memory as people read them. */

/** `0.03 s`, `1.24 s`, `62 s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  return `${seconds.toFixed(seconds < 10 ? 2 : seconds < 60 ? 1 : 0)} s`;
}

/** `640 KB`, `9.2 MB`, `1.5 GB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const [value, unit] =
    bytes < 1e6 ? [bytes / 1e3, "KB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${value.toFixed(value < 10 && unit !== "KB" ? 1 : 0)} ${unit}`;
}
