// The waveform of a sound, with where it is being played.
import { html } from "../html.js";
import { largestOf } from "./wav.js";

const BINS = 300;

/** Args: samples; played: the share of them that was played; seek: called with another share. */
export function Waveform({ samples, played, seek }) {
  const jump = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    seek((event.clientX - box.left) / box.width);
  };
  return html`
    <svg class="waveform" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" onPointerDown=${jump}>
      <line class="along-axis" x1="0" x2="100" y1="50" y2="50" />
      <path d=${pathOf(samples)} />
      <line class="along-cursor" x1=${played * 100} x2=${played * 100} y1="0" y2="100" />
    </svg>
  `;
}

/** A line from the lowest to the highest sample of each bin. */
function pathOf(samples) {
  const largest = largestOf(samples) || 1;
  const bins = Math.min(BINS, samples.length);
  return Array.from({ length: bins }, (_, bin) => {
    const part = samples.subarray(Math.floor((bin * samples.length) / bins), Math.floor(((bin + 1) * samples.length) / bins));
    const [low, high] = part.reduce(([low, high], sample) => [Math.min(low, sample), Math.max(high, sample)], [1, -1]);
    const x = (((bin + 0.5) / bins) * 100).toFixed(2);
    return `M${x} ${(50 - (high / largest) * 48).toFixed(1)}L${x} ${(50.5 - (low / largest) * 48).toFixed(1)}`;
  }).join("");
}
