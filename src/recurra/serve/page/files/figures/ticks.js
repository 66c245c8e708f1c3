// Round numbers along an axis.

const STEPS = [1, 2, 2.5, 5, 10];

/** About `count` round numbers between lowest and highest, which are not equal. */
export function ticksOf([low, high], count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.find((each) => each * power >= rough * 0.999) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten between lowest and highest, which are positive, and between those 2 and 5 where there are few. */
export function logTicksOf([low, high]) {
  const powers = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) powers.push(power);
  const parts = powers.length > 3 ? [1] : [1, 2, 5];
  const every = Math.ceil(powers.length / 6);
  const kept = powers.filter((_, i) => i % every === 0);
  return kept.flatMap((power) => parts.map((part) => Number(`${part}e${power}`))).filter((tick) => tick >= low && tick <= high);
}

/** A number with four digits that count; very small and very large ones by powers of ten. */
export function shortNumber(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}
