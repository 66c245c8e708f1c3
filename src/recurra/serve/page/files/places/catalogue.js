// Which places a run has, by its job.
import { t } from "../language/language.js";
import { Writing } from "../writing/place.js";
import { Training } from "./training.js";

const BY_JOB = {
  "language-model": { name: "writing", component: Writing },
};
const EVERY_RUN = [{ name: "training", component: Training }];

export function placesOf(model) {
  const place = BY_JOB[model.job];
  return place ? [place, ...EVERY_RUN] : EVERY_RUN;
}

export function jobName(job) {
  const name = t(`job.${job}`);
  return name === `job.${job}` ? job : name;
}
