// Which places a run has, by its job.
import { t } from "../language/language.js";
import { Answers } from "../answers/place.js";
import { Clips } from "../clips/place.js";
import { Samples } from "../samples/place.js";
import { Tagging } from "../tagging/place.js";
import { Training } from "../training/place.js";
import { Translation } from "../translation/place.js";
import { Writing } from "../writing/place.js";

const BY_JOB = {
  classifier: [{ name: "answers", component: Answers }],
  regressor: [{ name: "answers", component: Answers }],
  tagger: [{ name: "tagging", component: Tagging }],
  translator: [{ name: "translation", component: Translation }],
  video: [{ name: "clips", component: Clips }],
  "language-model": [{ name: "writing", component: Writing }],
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
