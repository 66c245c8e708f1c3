// Which places a run has, by its job.
import { t } from "../language/language.js";
import { Answers } from "../answers/place.js";
import { Clips } from "../clips/place.js";
import { Explanation } from "../explanation/place.js";
import { Samples } from "../samples/place.js";
import { Tagging } from "../tagging/place.js";
import { Training } from "../training/place.js";
import { Translation } from "../translation/place.js";
import { Writing } from "../writing/place.js";

const EXPLANATION = { name: "explanation", component: Explanation }; // of runs that answer, not of those that make samples
const BY_JOB = {
  classifier: [{ name: "answers", component: Answers }, EXPLANATION],
  regressor: [{ name: "answers", component: Answers }, EXPLANATION],
  tagger: [{ name: "tagging", component: Tagging }, EXPLANATION],
  translator: [{ name: "translation", component: Translation }, EXPLANATION],
  video: [{ name: "clips", component: Clips }, EXPLANATION],
  "language-model": [{ name: "writing", component: Writing }, EXPLANATION],
  "clip-gan": [{ name: "samples", component: Samples }],
  "series-gan": [{ name: "samples", component: Samples }],
  "text-gan": [{ name: "samples", component: Samples }],
};
const OF_ALL = [{ name: "training", component: Training }];

export function placesOf(model) {
  return [...(BY_JOB[model.job] ?? []), ...OF_ALL];
}

export function jobName(job) {
  const name = t(`job.${job}`);
  return name === `job.${job}` ? job : name;
}
