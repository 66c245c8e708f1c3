// HTML in template strings, as elements of preact.
import htm from "./vendored/htm.js";
import { h } from "./vendored/preact.js";

export const html = htm.bind(h);

/** Class names, those whose condition holds: classes("a", isB && "b"). */
export function classes(...names) {
  return names.filter(Boolean).join(" ");
}
