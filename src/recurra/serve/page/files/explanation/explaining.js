// What is asked of the server that explains a run, and how far it is.
import { useEffect, useRef, useState } from "../vendored/hooks.js";
import { ApiFailure, eventGroups } from "../api.js";

const NOTHING = { progress: null, explanation: null, failure: null };

/**
 * An explanation: begin(parts) asks for one and cancel() gives it up, as leaving the place does.
 *
 * progress: where one is being made, as the API tells it; explanation: the last one that was made; failure: why there is
 * none.
 */
export function useExplanation(model) {
  const [shown, setShown] = useState(NOTHING);
  const controller = useRef(null);
  const cancel = () => (controller.current?.abort(), setShown(NOTHING));
  useEffect(() => () => controller.current?.abort(), [model.id]);
  const begin = async (parts) => {
    const { signal } = (controller.current = new AbortController());
    setShown({ ...NOTHING, progress: { state: "waiting", part: null } });
    try {
      const explanation = await explain(model, parts, signal, (progress) => setShown({ ...NOTHING, progress }));
      setShown({ ...NOTHING, explanation });
    } catch (failure) {
      if (!signal.aborted) setShown({ ...NOTHING, failure });
    }
  };
  return { ...shown, begin, cancel };
}

async function explain(model, parts, signal, tell) {
  const path = `/v1/runs/${encodeURIComponent(model.id)}/explain`;
  for await (const events of eventGroups(path, { content: { parts, stream: true }, signal })) {
    for (const event of events.map((text) => JSON.parse(text))) {
      if (event.error) throw new ApiFailure(503, event.error);
      if (event.explanation) return event.explanation;
      tell(event);
    }
  }
  throw new ApiFailure(0); // the server was gone before it was done
}
