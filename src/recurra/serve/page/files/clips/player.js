// A clip with the probabilities of the classes by frame under it, which follow it and by which it is wound.
import { useEffect, useRef, useState } from "../vendored/hooks.js";
import { useAddress } from "../files.js";
import { colorOfClass } from "../figures/class_bars.js";
import { CurvesAlong } from "../figures/curves_along.js";
import { html } from "../html.js";
import { number, percent, t } from "../language/language.js";
import { frameAt } from "./frames.js";

const DRAWN = 8; // classes at most
const NAMED = 3;

/** Args: form; file; answer: with "frames", or null; time: of the player in seconds; setTime. */
export function Player({ form, file, answer, time, setTime }) {
  const address = useAddress(file);
  const video = useRef(null);
  const [isShown, setIsShown] = useState(true);
  useEffect(() => setIsShown(true), [file]);
  useFollowing(video, setTime, address);
  const wind = (seconds) => {
    setTime(seconds);
    if (isShown && video.current) video.current.currentTime = seconds;
  };
  return html`
    ${address && isShown &&
    html`<video class="clip" ref=${video} controls muted playsinline preload="auto" src=${address} aria-label=${t("clips.player")}
      onError=${() => setIsShown(false)}></video>`}
    ${!isShown && html`<p class="quiet">${t("clips.unplayable", { name: file.name })}</p>`}
    ${answer?.frames?.length > 1 && html`<${Thoughts} form=${form} frames=${answer.frames} time=${time} wind=${wind} />`}
  `;
}

/** Tell the time of a player, at every frame while it plays. */
function useFollowing(video, setTime, address) {
  useEffect(() => {
    const player = video.current;
    if (!player) return undefined;
    let frame = 0;
    const tell = () => setTime(player.currentTime);
    const follow = () => {
      tell();
      frame = player.paused ? 0 : requestAnimationFrame(follow);
    };
    const kinds = [["play", follow], ["seeked", tell], ["pause", tell]];
    for (const [kind, action] of kinds) player.addEventListener(kind, action);
    return () => {
      cancelAnimationFrame(frame);
      for (const [kind, action] of kinds) player.removeEventListener(kind, action);
    };
  }, [address]);
}

function Thoughts({ form, frames, time, wind }) {
  const times = frames.map((frame) => frame.time);
  const at = frameAt(frames, time);
  const curves = form.labels.map((name, position) => ({
    name, kind: colorOfClass(position), values: frames.map(({ probabilities }) => probabilities[name]),
  }));
  curves.sort((a, b) => Math.max(...b.values) - Math.max(...a.values));
  const said = saidOf(form, frames[at]);
  const marks = [times[0], times.at(-1)].map((each) => ({ at: each, text: t("clips.seconds", { seconds: number(each, 1) }) }));
  return html`
    <div class="thoughts"><h3 class="thoughts-title">${t("clips.thoughts")}</h3>
    <${CurvesAlong} curves=${curves.slice(0, DRAWN)} places=${times} range=${[0, 1]} span=${[times[0], times.at(-1)]} at=${at}
      move=${(position) => wind(times[position])} label=${t("clips.place")} said=${said} marks=${marks} heights=${["0 %", "100 %"]} />
    <p class="hint along-said">${said}</p></div>
  `;
}

function saidOf({ labels }, { time, probabilities }) {
  const likeliest = [...labels].sort((a, b) => probabilities[b] - probabilities[a]).slice(0, NAMED);
  const shares = likeliest.map((label) => `${label} ${percent(probabilities[label])}`).join(", ");
  return `${t("clips.at", { seconds: number(time, 2) })} ${shares}`;
}
