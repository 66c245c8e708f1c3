// Sound that is recorded in the page or comes from a file, and its answer.
import { useEffect, useRef, useState } from "../vendored/hooks.js";
import { FileSource } from "../file_source.js";
import { useAddress, useFileAnswer } from "../files.js";
import { html } from "../html.js";
import { number, t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { RecorderButton, RecordingReason } from "../recorder_button.js";
import { useRecorder } from "../recording.js";
import { Answer } from "./answer.js";
import { AlongTheWay } from "./along_the_way.js";
import { formOf } from "./form.js";
import { decoded, wavFile, withoutSilence } from "./wav.js";
import { Waveform } from "./waveform.js";

const SECONDS = 10; // of a recording at most
const BEGINNINGS = 200;
const STEP = 0.01; // seconds from one step that the network reads to the next
const AUDIO = { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } };

/** The sampling rate of the recordings that a run was trained on, in Hz; null of other runs. */
export function rateOf({ signature: { input } }) {
  const match = /^audio\/.*;\s*rate=(\d+)/.exec(input.contentMediaType ?? "");
  return match && Number(match[1]);
}

export function Sound({ model }) {
  const rate = rateOf(model);
  const form = formOf(model);
  const [source, setSource] = useState(null); // the file as it came
  const [isCut, setIsCut] = useState(true);
  const [place, setPlace] = useState(null);
  const sound = useSound(source, rate, isCut);
  const take = (file) => (setSource(file), setPlace(null));
  const asked = useFileAnswer(model, sound?.file ?? null, form.hasBeginnings ? `?beginnings=${BEGINNINGS}` : "");
  const recorder = useRecorder(AUDIO, SECONDS, take);
  return html`
    <div class="answers">
      <div class="asking">
        <section class="card" aria-labelledby="sound-title">
          <h2 id="sound-title">${t("sound.title")}</h2>
          <${FileSource} accept="audio/*,.flac,.wav,.ogg,.aiff" text=${t("sound.file")} hint=${t("sound.hint", { rate })} onFile=${take}>
            <${RecorderButton} recorder=${recorder} text=${t("sound.record")} />
          <//>
          <${RecordingReason} recorder=${recorder} />
          ${recorder.stream && html`<${Level} stream=${recorder.stream} />`}
          ${sound?.samples && html`<${Player} sound=${sound} rate=${rate} />`}
          ${sound && html`
            <label class="check"><input type="checkbox" checked=${isCut} onChange=${(event) => setIsCut(event.target.checked)} /> ${t("sound.cut")}</label>
          `}
        </section>
        ${asked.failure && html`<${Failure} failure=${asked.failure} />`}
      </div>
      <div class="answered">
        ${asked.isAsking && html`<p class="quiet card" role="status">${t("files.asking")}</p>`}
        ${!asked.answer && !asked.isAsking && html`<p class="quiet card">${t("sound.empty")}</p>`}
        ${asked.answer && html`<${Answer} form=${form} answer=${asked.answer} place=${place} />`}
        ${asked.answer && html`<${AlongTheWay} form=${form} answer=${asked.answer} stepSeconds=${STEP} place=${place} move=${setPlace} />`}
      </div>
    </div>
  `;
}

/** What is sent of a file: its samples at the rate of the training as WAV, or the file itself where the browser cannot read it. */
function useSound(source, rate, isCut) {
  const [sound, setSound] = useState(null);
  useEffect(() => {
    if (!source) return undefined;
    let isOld = false;
    decoded(source, rate).then(
      (samples) => {
        const kept = isCut ? withoutSilence(samples, rate) : samples;
        if (!isOld) setSound({ samples: kept, file: wavFile(kept, rate, source.name) });
      },
      () => isOld || setSound({ samples: null, file: source }),
    );
    return () => (isOld = true);
  }, [source, rate, isCut]);
  return sound;
}

function Player({ sound, rate }) {
  const address = useAddress(sound.file);
  const audio = useRef(null);
  const [played, setPlayed] = useState(0);
  const seconds = sound.samples.length / rate;
  const follow = () => setPlayed(audio.current.currentTime / seconds);
  return html`
    <${Waveform} samples=${sound.samples} played=${Math.min(1, played)} seek=${(share) => (audio.current.currentTime = share * seconds)} />
    <p class="hint">${t("sound.length", { seconds: number(seconds, 2) })}</p>
    ${address && html`<audio ref=${audio} controls src=${address} aria-label=${t("sound.player")} onTimeUpdate=${follow} onSeeked=${follow}></audio>`}
  `;
}

/** How loud it is while it is recorded. */
function Level({ stream }) {
  const bar = useRef(null);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let frame = 0;
    const look = () => {
      if (!bar.current) return;
      analyser.getFloatTimeDomainData(samples);
      const loudness = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      bar.current.style.width = `${Math.min(100, loudness * 400)}%`;
      frame = requestAnimationFrame(look);
    };
    look();
    return () => (cancelAnimationFrame(frame), context.close());
  }, [stream]);
  return html`<span class="bar level" aria-hidden="true"><span class="bar-filled" ref=${bar}></span></span>`;
}
