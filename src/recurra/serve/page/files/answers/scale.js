// How large the numbers of a run's series are, and what one looks like, from the example in its signature.

/**
 * The features of a series: how many, an example (T, I), and of each the range in which it is drawn, [lowest, highest],
 * which is that of the example, whose numbers are as large as those that were learnt from.
 */
export function scaleOf({ signature: { input } }) {
  const example = input.examples?.[0] ?? [];
  const features = input.items?.maxItems ?? example[0]?.length ?? 1;
  const ranges = Array.from({ length: features }, (_, feature) => {
    const values = example.map((step) => step[feature]);
    return values.length ? [Math.min(...values), Math.max(...values)] : [-1, 1];
  });
  return { features, example: example.map((step) => step.map((value, feature) => rounded(value, ranges[feature]))), ranges };
}

/** Where between lowest (0) and highest (1) a value lies; 0 where it is missing or the range is none. */
export function shareOf(value, [low, high]) {
  return value === null || high <= low ? 0 : Math.max(0, Math.min(1, (value - low) / (high - low)));
}

/** A number with no more digits than the range can show. */
export function rounded(value, [low, high]) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(high - low || Math.abs(high) || 1)));
  return Number(value.toFixed(Math.min(digits, 12)));
}
