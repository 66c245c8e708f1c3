// Files that are sent to a run, and what it answers.
import { useEffect, useState } from "./vendored/hooks.js";
import { request } from "./api.js";

const NOTHING = { answer: null, failure: null, isAsking: false };

/**
 * The answer to a file, of which another is asked for as soon as there is another file; null asks nothing.
 *
 * Args: options: of the path, as they stand in its query.
 */
export function useFileAnswer(model, file, options = "") {
  const [asked, setAsked] = useState(NOTHING);
  useEffect(() => {
    if (file === null) return void setAsked(NOTHING);
    const controller = new AbortController();
    setAsked({ ...NOTHING, isAsking: true });
    answerOf(model, file, options, controller.signal).then(
      (answer) => setAsked({ ...NOTHING, answer }),
      (failure) => failure.name === "AbortError" || setAsked({ ...NOTHING, failure }),
    );
    return () => controller.abort();
  }, [model.id, file]);
  return asked;
}

async function answerOf(model, file, options, signal) {
  const form = new FormData();
  form.append("file", file, file.name);
  const path = `/v1/runs/${encodeURIComponent(model.id)}/files${options}`;
  const response = await request(path, { method: "POST", body: form, type: "", signal });
  return (await response.json()).answers[0];
}

/** The address of a file for players in the page, until there is another one. */
export function useAddress(file) {
  const [address, setAddress] = useState(null);
  useEffect(() => {
    if (file === null) return void setAddress(null);
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return address;
}
