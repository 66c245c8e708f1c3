// What is asked of a generator.
import { get, post, request } from "../api.js";
import { tableOf } from "./context.js";

export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const clipType = () => (isStill() ? "image/png" : "image/gif");

const pathOf = (model) => `/v1/runs/${encodeURIComponent(model.id)}`;

/** What a generator makes, what may be asked of it, and the report on it. */
export function aboutOf(model, signal) {
  return get(`${pathOf(model)}/generator`, signal);
}

/** The fields of a request, of what a person has chosen. */
export function bodyOf(wish, { job, columns, longest }) {
  const body = { count: wish.count };
  for (const name of ["length", "seed", "content_seed", "motion_seed"]) if (wish[name] !== "") body[name] = Number(wish[name]);
  if (wish.label !== "") body.label = wish.label;
  if (job === "text-gan") body.temperature = wish.temperature;
  const given = wish.given.trim();
  if (given) body.given = job === "text-gan" ? given.split("\n").filter((line) => line.trim()) : `${given}\n`;
  const context = given ? "" : tableOf(columns ?? [], wish.context);
  if (context) Object.assign(body, { given: context, length: body.length ?? longest });
  return body;
}

/** Made samples. */
export function make(model, body, signal) {
  const clips = model.job === "clip-gan" ? { clip_type: clipType() } : {};
  return post(`${pathOf(model)}/sample`, { ...body, ...clips }, signal);
}

/** Real samples, or why there are none. */
export function realOf(model, count, seed, signal) {
  const clips = model.job === "clip-gan" ? `&clip_type=${clipType()}` : "";
  return get(`${pathOf(model)}/real?count=${count}&seed=${seed}${clips}`, signal);
}

/** Made samples as a file of a media type. */
export async function fileOf(model, body, type) {
  const path = `${pathOf(model)}/sample`;
  return (await request(path, { method: "POST", body: JSON.stringify(body), accept: type })).blob();
}
