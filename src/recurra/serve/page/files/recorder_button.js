// A button that begins and ends a recording, with how long it has gone on, or why there is none.
import { html } from "./html.js";
import { number, t } from "./language/language.js";

/** Args: recorder: of useRecorder; text: on the button. */
export function RecorderButton({ recorder, text }) {
  const { state, elapsed, start, stop } = recorder;
  const isOn = state === "recording";
  return html`
    <button type="button" class=${isOn ? "recording" : "primary"} disabled=${state === "asking"} onClick=${isOn ? stop : start}>
      <span aria-hidden="true">${isOn ? "■" : "●"}</span> ${isOn ? t("recording.stop", { seconds: number(elapsed, 1) }) : text}
    </button>
  `;
}

export function RecordingReason({ recorder }) {
  return recorder.reason && html`<p class="failure" role="alert">${t(recorder.reason)}</p>`;
}
