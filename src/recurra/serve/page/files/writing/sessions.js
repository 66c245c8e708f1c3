// Sessions: texts whose state the server keeps, so that one goes on from any turn without reading the text again.
import { get, post, request } from "../api.js";

const address = (id, verb = "") => `/sessions/${encodeURIComponent(id)}${verb}`;

let isOffered = true; // until the server says otherwise

/** The sessions of a model, the last used first; null where the server has none to offer. */
export async function sessionsOf(model) {
  if (!isOffered) return null;
  try {
    const { data } = await get("/sessions?limit=1000");
    return data.filter((session) => session.model === model);
  } catch (failure) {
    isOffered = failure.status !== 404;
    if (!isOffered) return null;
    throw failure;
  }
}

export const createSession = async (model) => new Session(await post("/sessions", { model }));
export const openSession = async (id) => new Session(await get(address(id)));
export const deleteSession = (id) => request(address(id), { method: "DELETE" });
export const exportAddress = (id) => address(id, "/export");

export async function exportSession(id) {
  return (await request(address(id, "/export"))).blob();
}

export async function importSession(file) {
  const type = "application/octet-stream";
  return new Session(await (await request("/sessions/import", { method: "POST", body: file, type })).json());
}

/** A session: the text at the end of each of its turns. */
export class Session {
  constructor({ id, before = "", turns }) {
    this.id = id;
    this.marks = [{ turn: 0, text: before }];
    for (const { number, prompt, text, cut } of turns) this.add(number, this.text + prompt + text + cut);
  }

  /** The text so far. */
  get text() {
    return this.marks.at(-1).text;
  }

  add(turn, text) {
    this.marks.push({ turn, text });
  }

  /** Rewind to the last turn that a text goes on from, or to the beginning; gives what is to be read after it. */
  async rewindTo(text, isAnew) {
    const base = this.marks.findLastIndex((mark, i) => i === 0 || (!isAnew && text.startsWith(mark.text)));
    if (base < this.marks.length - 1) {
      await post(address(this.id, "/rewind"), { turn: this.marks[base].turn });
      this.marks.length = base + 1;
    }
    const { text: read } = this.marks[base];
    return { isBeginning: base === 0, rest: text.startsWith(read) ? text.slice(read.length) : text };
  }

  async fork() {
    return new Session(await post(address(this.id, "/fork"), { turn: null }));
  }
}
