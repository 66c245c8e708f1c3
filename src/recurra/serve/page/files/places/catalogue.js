// The places of the page: which a run has, by its job, and how the scripts of each are loaded.
import { t } from "../language/language.js";

const LOADERS = {
  answers: async () => (await import("../answers/place.js")).Answers,
  clips: async () => (await import("../clips/place.js")).Clips,
  course: async () => (await import("../course/place.js")).Course,
  explanation: async () => (await import("../explanation/place.js")).Explanation,
  samples: async () => (await import("../samples/place.js")).Samples,
  tagging: async () => (await import("../tagging/place.js")).Tagging,
  training: async () => (await import("../training/place.js")).Training,
  translation: async () => (await import("../translation/place.js")).Translation,
  writing: async () => (await import("../writing/place.js")).Writing,
};
const BY_JOB = {
  classifier: ["answers", "explanation"],
  regressor: ["answers", "explanation"],
  tagger: ["tagging", "explanation"],
  translator: ["translation", "explanation"],
  video: ["clips", "explanation"],
  "language-model": ["writing", "explanation"],
  "clip-gan": ["samples"], // what makes samples answers nothing that could be explained
  "series-gan": ["samples"],
  "text-gan": ["samples"],
};
const OF_ALL = ["training"];

/** The names of the places of a run. */
export function placesOf(model) {
  return [...(BY_JOB[model.job] ?? []), ...OF_ALL];
}

/** The component of a place, once its scripts are loaded. */
export function loadPlace(name) {
  return LOADERS[name]();
}

export function jobName(job) {
  const name = t(`job.${job}`);
  return name === `job.${job}` ? job : name;
}
