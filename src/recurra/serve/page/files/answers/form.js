// What a run answers, read off its signature.

/**
 * The form of a run's answers.
 *
 * labels: the names of classes, none where answers are numbers. numbers: the names of these, "" where one has none. isSeveral: whether any of them may hold at once.
 * isPerStep: whether there is an answer at every step. hasBeginnings: whether the beginnings of a sequence can be asked for.
 */
export function formOf({ signature: { output, options } }) {
  const { answer, probabilities, frames } = output.properties;
  const isPerStep = probabilities?.type === "array" || (!probabilities && !("beginnings" in options));
  const byLabel = isPerStep ? probabilities?.items : probabilities;
  const one = isPerStep ? answer.items : answer;
  return {
    labels: Object.keys(byLabel?.properties ?? {}),
    numbers: byLabel ? [] : (one.prefixItems ?? [one]).map(({ title }) => title ?? ""),
    isSeveral: Boolean(byLabel) && one.type === "array",
    isPerStep,
    hasBeginnings: "beginnings" in options,
    hasFrames: Boolean(frames),
  };
}

/** The names of the labels that hold: the likeliest one; of several at once those that are likelier than not. */
export function chosenOf(form, probabilities) {
  if (form.isSeveral) return form.labels.filter((label) => probabilities[label] > 0.5);
  return form.labels.length ? [form.labels.reduce((best, label) => (probabilities[label] > probabilities[best] ? label : best))] : [];
}

/** A number with four digits that count. */
export function shownNumber(value) {
  return String(Number(value.toPrecision(4)));
}

/** The label, or of several numbers the position, that reasons are for; undefined where there are none yet. */
export function chosenIn(form, why) {
  return form.labels.length ? why.answer?.output : why.answer && (why.content.label ?? "0");
}
