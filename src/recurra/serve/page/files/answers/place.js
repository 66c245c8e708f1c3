// The place where a classifier or a regressor answers what a person writes, draws or says.
import { html } from "../html.js";
import { Sentences } from "./sentences.js";
import { Series } from "./series.js";
import { rateOf, Sound } from "./sound.js";

export function Answers({ model }) {
  const Input = inputOf(model);
  return html`<${Input} model=${model} />`;
}

function inputOf(model) {
  if (model.signature.input.type === "string") return Sentences;
  return rateOf(model) ? Sound : Series;
}
