// The language of the page: words by key, from a dictionary a language.
import { en } from "./en.js";
import { zh } from "./zh.js";
import { stored, store } from "../stored.js";

export const LANGUAGES = {
  en: { name: "English", words: en },
  zh: { name: "中文", words: zh },
};

let chosen = stored("language") ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
if (!(chosen in LANGUAGES)) chosen = "en";
document.documentElement.lang = htmlLanguage();

export const language = () => chosen;

/** What the attribute `lang` says. */
function htmlLanguage() {
  return chosen === "zh" ? "zh-Hans" : "en";
}

export function chooseLanguage(name) {
  chosen = name;
  store("language", name);
  document.documentElement.lang = htmlLanguage();
}

/** The words of a key, with {name} replaced by a value; numbers as the language writes them. */
export function t(key, values = {}) {
  const words = LANGUAGES[chosen].words[key] ?? en[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? shown(values[name]) : whole));
}

function shown(value) {
  return typeof value === "number" ? number(value) : String(value);
}

/** A number with as many digits behind the point as named. */
export function number(value, digits = 0) {
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString(chosen === "zh" ? "zh-CN" : "en-US", format);
}

/** A probability in percent; small ones are not rounded to 0. */
export function percent(probability) {
  const share = probability * 100;
  if (share > 0 && share < 0.1) return "< 0.1 %";
  return `${number(share, share < 10 ? 1 : 0)} %`;
}
