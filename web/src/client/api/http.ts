/** One HTTP request to our own server, with its errors as sentences. Knows no endpoint. */

const REQUEST_TIMEOUT_MS = 15_000;

/** The server refused; `code` is stable, `message` is a sentence for people. `status` 0: no answer came. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly bearer?: string;
  /** It shall arrive although the page goes away meanwhile; only for small bodies. */
  readonly keepalive?: boolean;
  /** In fewer bytes, where the browser can; a page that goes away has no time for it. */
  readonly isPacked?: boolean;
}

/** The same for an answer that is no JSON. */
export type Download = (path: string, options?: RequestOptions) => Promise<Blob>;

export type Request = <T>(method: string, path: string, options?: RequestOptions) => Promise<T>;

/** Makes the function that all endpoints call. */
export function createRequest(fetcher: typeof fetch): Request {
  return async <T>(method: string, path: string, options: RequestOptions = {}) => {
    const response = await send(fetcher, method, path, options);
    if (!response.ok) throw await problemOf(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
}

export function createDownload(fetcher: typeof fetch): Download {
  return async (path, options = {}) => {
    const response = await send(fetcher, "GET", path, options);
    if (!response.ok) throw await problemOf(response);
    return response.blob();
  };
}

async function send(fetcher: typeof fetch, method: string, path: string, options: RequestOptions) {
  const headers: Record<string, string> = {};
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (options.bearer !== undefined) headers.authorization = `Bearer ${options.bearer}`;
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const packed = body !== undefined && options.isPacked ? await packedOf(body) : undefined;
  if (packed) headers["content-encoding"] = "gzip";
  try {
    return await fetcher(path, {
      method,
      headers,
      credentials: "same-origin",
      keepalive: options.keepalive ?? false,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: packed ?? body }),
    });
  } catch {
    throw new ApiError(
      "unreachable",
      "The server cannot be reached. Check your network; we try again when you do.",
      0,
    );
  }
}

/** Undefined in a browser that cannot pack. */
async function packedOf(body: string): Promise<ArrayBuffer | undefined> {
  if (!("CompressionStream" in globalThis)) return undefined;
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem: unknown = await response.json().catch(() => null);
  if (isProblem(problem)) return new ApiError(problem.code, problem.message, response.status);
  return new ApiError(
    "unexpected_answer",
    `The server answered ${response.status}. Reload the page; if it stays, tell whoever runs this server.`,
    response.status,
  );
}

function isProblem(value: unknown): value is { code: string; message: string } {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as { code?: unknown; message?: unknown };
  return typeof code === "string" && typeof message === "string";
}
