// The place where a classifier or a regressor answers what a person writes or draws.
import { html } from "../html.js";
import { Sentences } from "./sentences.js";
import { Series } from "./series.js";

export function Answers({ model }) {
  const Input = model.signature.input.type === "string" ? Sentences : Series;
  return html`<${Input} model=${model} />`;
}
