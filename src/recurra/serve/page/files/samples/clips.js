// Clips, made and real: animations, or strips of frames where a person wants nothing to move.
import { html } from "../html.js";
import { t } from "../language/language.js";

export function ClipsBeside({ model, made, real }) {
  return html`
    <div class="samples-rows">
      <${Clips} title=${t("samples.origin.made")} kind="made" clips=${made.clips} name=${model.id} />
      ${real && html`<${Clips} title=${t("samples.origin.real")} kind="real" clips=${real.clips} />`}
    </div>
  `;
}

function Clips({ title, kind, clips, name }) {
  return html`
    <section class="card" aria-label=${title}>
      <h2 class=${`origin ${kind}`}>${title}</h2>
      <ul class=${isStrip(clips[0]) ? "sample-strips" : "sample-clips"}>
        ${clips.map((clip, i) => html`<li><${ClipItem} clip=${clip} label=${t("samples.clip", { title, number: i + 1, frames: clip.frames })} />
          ${name && html`<a class="sample-download" download=${`${name}-${i + 1}.${isStrip(clip) ? "png" : "gif"}`} href=${sourceOf(clip)}
            aria-label=${t("samples.download.clip", { number: i + 1 })} title=${t("samples.download.clip", { number: i + 1 })}>⤓</a>`}</li>`)}
      </ul>
    </section>
  `;
}

const isStrip = (clip) => clip?.media_type === "image/png";
const sourceOf = (clip) => `data:${clip.media_type};base64,${clip.file}`;

export function ClipItem({ clip, label }) {
  const width = isStrip(clip) ? clip.width * clip.frames : clip.width;
  const image = html`<img class="sample-clip" src=${sourceOf(clip)} alt=${label} width=${width} height=${clip.height} />`;
  return isStrip(clip) ? html`<div class="scroller" tabindex="0" role="region" aria-label=${label}>${image}</div>` : image;
}
