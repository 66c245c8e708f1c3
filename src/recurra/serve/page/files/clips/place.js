// The place where a clip is watched, and one sees what the network thinks while it does.
import { useState } from "../vendored/hooks.js";
import { FileSource } from "../file_source.js";
import { useFileAnswer } from "../files.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { RecorderButton, RecordingReason } from "../recorder_button.js";
import { useRecorder } from "../recording.js";
import { formOf } from "../answers/form.js";
import { ClipAnswer } from "./clip_answer.js";
import { Player } from "./player.js";
import { Preview } from "./preview.js";

const SECONDS = 5;
const CAMERA = { video: { width: { ideal: 640 } }, audio: false };

export function Clips({ model }) {
  const form = formOf(model);
  const [file, setFile] = useState(null);
  const [time, setTime] = useState(null); // of the player, in seconds
  const asked = useFileAnswer(model, file);
  const take = (next) => (setFile(next), setTime(null));
  const recorder = useRecorder(CAMERA, SECONDS, take);
  return html`
    <div class="answers">
      <div class="asking">
        <section class="card" aria-labelledby="clip-title">
          <h2 id="clip-title">${t("clips.title")}</h2>
          <${FileSource} accept="video/*,image/gif" text=${t("clips.file")} hint=${t("clips.hint")} onFile=${take}>
            <${RecorderButton} recorder=${recorder} text=${t("clips.record", { seconds: SECONDS })} />
          <//>
          <${RecordingReason} recorder=${recorder} />
          ${recorder.stream && html`<${Preview} stream=${recorder.stream} />`}
          ${file && !recorder.stream &&
          html`<${Player} form=${form} file=${file} answer=${asked.answer} time=${time} setTime=${setTime} />`}
        </section>
        ${asked.failure && html`<${Failure} failure=${asked.failure} />`}
      </div>
      <div class="answered">
        ${asked.isAsking && html`<p class="quiet card" role="status">${t("files.asking")}</p>`}
        ${!asked.answer && !asked.isAsking && html`<p class="quiet card">${t("clips.empty")}</p>`}
        ${asked.answer && html`<${ClipAnswer} form=${form} answer=${asked.answer} time=${time} />`}
      </div>
    </div>
  `;
}
