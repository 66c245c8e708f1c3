// Sound as samples: decoded by the browser, brought to a sampling rate, cut where it is silent, written as WAV.

const QUIET = 0.05; // of the largest sample: what lies below at either end is silence
const MARGIN = 0.06; // seconds that are kept around what is not silent

/** The samples of a file at a rate, channels averaged. Fails where the browser cannot decode the file. */
export async function decoded(file, rate) {
  const context = new OfflineAudioContext(1, 1, rate); // decoding brings to its rate
  const buffer = await context.decodeAudioData(await file.arrayBuffer());
  const samples = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const values = buffer.getChannelData(channel);
    for (let i = 0; i < samples.length; i++) samples[i] += values[i] / buffer.numberOfChannels;
  }
  return samples;
}

/** Samples without the silence at either end; all of them where there is nothing else. */
export function withoutSilence(samples, rate) {
  const threshold = largestOf(samples) * QUIET;
  const isLoud = (sample) => Math.abs(sample) > threshold;
  const margin = Math.round(MARGIN * rate);
  const first = samples.findIndex(isLoud);
  if (first < 0) return samples;
  return samples.slice(Math.max(0, first - margin), samples.findLastIndex(isLoud) + 1 + margin);
}

export function largestOf(samples) {
  let largest = 0;
  for (const sample of samples) largest = Math.max(largest, Math.abs(sample));
  return largest;
}

/** A WAV file of 16 bits, one channel. */
export function wavFile(samples, rate, name) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (offset, characters) => [...characters].forEach((each, i) => view.setUint8(offset + i, each.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format
  view.setUint16(20, 1, true); // whole numbers
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); // bytes a second
  view.setUint16(32, 2, true); // bytes of a sample
  view.setUint16(34, 16, true); // bits of a sample
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true));
  return new File([view], `${name.replace(/\.[^.]*$/, "")}.wav`, { type: "audio/wav" });
}
