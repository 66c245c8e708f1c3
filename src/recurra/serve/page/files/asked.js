// What the server answers to something that changes while a person types or draws.
import { useEffect, useState } from "./vendored/hooks.js";
import { post } from "./api.js";

const PAUSE = 120; // milliseconds without a change, after which it is asked
const NOTHING = { answer: null, failure: null, content: null };

/**
 * The answer to the content last asked, which stays until the next one comes, what it is the answer to, and what went
 * wrong instead. Content that is null asks nothing.
 */
export function useAsked(path, content) {
  const [asked, setAsked] = useState(NOTHING);
  const key = JSON.stringify(content);
  useEffect(() => {
    if (content === null) return void setAsked(NOTHING);
    const controller = new AbortController();
    const ask = async () => {
      try {
        setAsked({ answer: await post(path, content, controller.signal), failure: null, content });
      } catch (failure) {
        if (failure.name !== "AbortError") setAsked((before) => ({ ...before, failure }));
      }
    };
    const timer = setTimeout(ask, PAUSE);
    return () => (clearTimeout(timer), controller.abort());
  }, [path, key]);
  return asked;
}
