// How strongly a symbol is shaded by its probability.

const SHADES = 8;

/** How strongly a symbol is shaded, 0 to 8: the less likely it was, half a shade a bit. */
export function shadeOf(probability) {
  if (probability === null) return 0;
  return Math.min(SHADES, Math.round(-Math.log2(Math.max(probability, 1e-9))));
}
