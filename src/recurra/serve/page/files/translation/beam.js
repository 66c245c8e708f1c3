// The beam as a tree: what the search has held, kept or dropped; a click goes on from there.
import { useMemo } from "../vendored/hooks.js";
import { classes, html } from "../html.js";
import { percent, t } from "../language/language.js";
import { nameOf } from "../figures/symbol_name.js";
import { branchesOf } from "./beam_tree.js";

const MOST = 14; // dropped hypotheses that are shown

/** nodes: "beam" of the answer; translations: of it; forced: symbols of the prefix; goOn(prefix). */
export function Beam({ nodes, translations, forced, goOn }) {
  const { branches, left } = useMemo(() => branchesOf(nodes, translations, forced, MOST), [nodes, translations, forced]);
  return html`
    <section class="card beam-card" aria-labelledby="beam-title">
      <h2 id="beam-title">${t("beam.title")}</h2>
      <p class="hint">${t("beam.hint")}</p>
      <div class="beam" tabindex="0" role="group" aria-label=${t("beam.label")}>
        <ul class="beam-root">${branches.map((branch) => html`<${Branch} key=${branch.id} branch=${branch} goOn=${goOn} />`)}</ul>
      </div>
      ${left > 0 && html`<p class="hint">${t("beam.left", { count: left })}</p>`}
    </section>
  `;
}

function Branch({ branch, goOn }) {
  const { text, share, isEnd, isKept, isForced, rank, following } = branch;
  const name = text.trim() ? text.trim() : isEnd ? t("translation.end") : nameOf(text, t);
  const kind = classes("branch", isKept ? "kept" : "dropped", isForced && "forced");
  return html`
    <li class=${kind} style=${{ "--share": share }}>
      <button type="button" class="branch-text" title=${t("beam.go-on")} onClick=${() => goOn(branch.path)}>
        <span class=${text.trim() ? "" : "quiet"}>${name}</span>${" "}
        <small>${isForced ? t("beam.forced") : percent(share)}</small>
      </button>
      ${!following.length && html`<span class="leaf">${leafOf(branch, rank)}</span>`}
      ${following.length > 0 &&
      html`<ul>${following.map((next) => html`<${Branch} key=${next.id} branch=${next} goOn=${goOn} />`)}</ul>`}
    </li>
  `;
}

function leafOf({ isEnd, logProbability }, rank) {
  const share = percent(Math.exp(logProbability));
  if (rank >= 0) return t("beam.leaf.best", { number: rank + 1, share });
  return isEnd ? t("beam.leaf.ended", { share }) : t("beam.leaf.dropped");
}
