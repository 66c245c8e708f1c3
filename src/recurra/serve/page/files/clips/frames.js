// The frames of an answer: what was thought at each.

/** The number of the frame that is shown at a time; the last one where there is no time. */
export function frameAt(frames, time) {
  if (time === null) return frames.length - 1;
  return Math.max(0, frames.findLastIndex((frame) => frame.time <= time + 1e-6));
}
