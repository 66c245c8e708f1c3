// Requests to the server that the page came from.

/** What the server answered instead of what was asked for; status 0 where it did not answer at all. */
export class ApiFailure extends Error {
  constructor(status, error = {}) {
    super(error.message ?? `HTTP ${status}`);
    Object.assign(this, { status, code: error.code, param: error.param });
  }
}

let key = "";

/** Use an API key from now on. */
export function useKey(text) {
  key = text;
}

/** Ask, and give the answer as it comes; fails with an ApiFailure. */
export async function request(path, { method = "GET", body, signal, type = "application/json", accept } = {}) {
  const headers = accept ? { Accept: accept } : {};
  if (body !== undefined && type) headers["Content-Type"] = type;
  if (key) headers.Authorization = `Bearer ${key}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiFailure(0, { code: "unreachable" });
  }
  if (!response.ok) {
    const failure = new ApiFailure(response.status, (await json(response)).error);
    if (response.status === 401) dispatchEvent(new Event("key-needed"));
    throw failure;
  }
  return response;
}

async function json(response) {
  try {
    return (await response.json()) ?? {};
  } catch {
    return {};
  }
}

export async function get(path, signal) {
  return (await request(path, { signal })).json();
}

export async function post(path, content, signal) {
  return (await request(path, { method: "POST", body: JSON.stringify(content), signal })).json();
}

/** The events of a stream, as text, in the groups in which they arrive. */
export async function* eventGroups(path, { content, signal } = {}) {
  const method = content === undefined ? "GET" : "POST";
  const body = content === undefined ? undefined : JSON.stringify(content);
  const response = await request(path, { method, body, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      const events = parts.map(dataOf).filter((data) => data !== "");
      if (events.length) yield events;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function dataOf(event) {
  const lines = event.split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).trimStart()).join("\n");
}
