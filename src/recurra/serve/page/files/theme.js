// Light or dark: as the system says, until a person chooses.
import { stored, store } from "./stored.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const colors = new Map(); // as the theme has them now
let chosen = stored("theme");
apply();
system.addEventListener("change", announce);

export function isDark() {
  return chosen ? chosen === "dark" : system.matches;
}

export function switchTheme() {
  chosen = isDark() ? "light" : "dark";
  store("theme", chosen);
  apply();
  announce();
}

function apply() {
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}

/** Let what is painted on a canvas be painted anew. */
function announce() {
  colors.clear();
  dispatchEvent(new Event("theme"));
}

/** The red, green and blue (0 to 255) that a custom property of the style stands for now. */
export function colorOf(property) {
  if (!colors.has(property)) {
    const probe = document.createElement("span");
    probe.style.color = `var(${property})`;
    document.body.append(probe);
    colors.set(property, getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number));
    probe.remove();
  }
  return colors.get(property);
}
