// The training of a run, followed while it goes on.
import { useEffect, useState } from "../vendored/hooks.js";
import { ApiFailure, eventGroups } from "../api.js";

const LOOK_AGAIN = 3000; // milliseconds until a stream that was ended is opened again

/** What is known of a training, as `curves` of the API tells it, and what went wrong; again() tries once more. */
export function useHistory(model) {
  const [history, setHistory] = useState(null);
  const [failure, setFailure] = useState(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    follow(model, controller.signal, (event) => setHistory((before) => joined(before, event))).catch(
      (error) => controller.signal.aborted || setFailure(error),
    );
    return () => controller.abort();
  }, [model.id, tries]);
  return { history, failure, again: () => (setFailure(null), setTries(tries + 1)) };
}

async function follow(model, signal, take) {
  const path = `/v1/runs/${encodeURIComponent(model.id)}/curves?stream=true`;
  for (;;) {
    let isOver = false;
    for await (const events of eventGroups(path, { signal })) {
      for (const event of events.map((text) => JSON.parse(text))) {
        if (event.error) throw new ApiFailure(409, event.error);
        take(event);
        isOver = event.is_over;
      }
    }
    if (isOver) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    signal.throwIfAborted();
  }
}

/** What was known before, with the rows of an event behind it. */
function joined(before, event) {
  if (!before || event.first === 0) return event;
  const head = (values) => values.slice(0, event.first);
  const names = Object.keys(event.series);
  const series = names.map((name) => [name, [...head(before.series[name] ?? before.steps.map(() => null)), ...event.series[name]]]);
  const [steps, epochs, seconds] = ["steps", "epochs", "seconds"].map((name) => [...head(before[name]), ...event[name]]);
  return { ...event, first: 0, steps, epochs, seconds, series: Object.fromEntries(series) };
}
