// In words what counts most for an answer, and what against it.
import { t } from "../language/language.js";

const NAMED = 3; // on either side

/** Args: values: how much each step counts; nameOf: of a step, from 0, how it is called, "" where it is passed over; isNumber. */
export function mostOf(values, nameOf, isNumber) {
  const order = values.map((value, step) => ({ value, name: nameOf(step) })).filter(({ name }) => name);
  order.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const side = (sign) => order.filter(({ value }) => value * sign > 0).slice(0, NAMED).map(({ name }) => name).join(", ");
  const [more, less] = isNumber ? ["reasons.up", "reasons.down"] : ["reasons.for", "reasons.against"];
  const parts = [side(1) && t(more, { symbols: side(1) }), side(-1) && t(less, { symbols: side(-1) })];
  return parts.filter(Boolean).join(" ");
}
