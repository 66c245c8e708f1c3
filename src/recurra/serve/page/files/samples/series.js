// Series, made and real: small charts of the same scales, column by column, and a table.
import { useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { axisOf } from "./axis.js";
import { contextOf, drawnColumns, heightsOf, saidOf, scaleOf } from "./columns.js";
import { SmallChart } from "../figures/small_chart.js";
import { save } from "../saving.js";
import { fileOf } from "./requests.js";
import { SeriesTable } from "./series_table.js";

const MOST_COLUMNS = 12;

export function SeriesBeside({ model, body, made, real }) {
  const [failure, setFailure] = useState(null);
  const all = [...made.series, ...(real?.series ?? [])];
  const columns = drawnColumns(made.columns);
  const axis = axisOf(made.columns, all);
  const download = async () => {
    try {
      save(await fileOf(model, body, "text/csv"), `${model.id}.csv`);
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  };
  return html`
    <div class="samples-rows">
      ${columns.slice(0, MOST_COLUMNS).map((column) => html`<${Column} key=${column.name} column=${column} made=${made} real=${real} all=${all} axis=${axis} />`)}
      ${columns.length > MOST_COLUMNS && html`<p class="hint">${t("samples.columns.more", { count: columns.length - MOST_COLUMNS })}</p>`}
    </div>
    <${SeriesTable} columns=${made.columns} series=${made.series} />
    <div class="buttons"><button type="button" onClick=${download}>${t("samples.download.csv")}</button></div>
    ${failure && html`<${Failure} failure=${failure} />`}
  `;
}

/** The charts of one column. */
function Column({ column, made, real, all, axis }) {
  const scale = scaleOf(column, all);
  return html`
    <section class="card" aria-label=${column.name}>
      <h2>${column.name}</h2>
      <${Charts} kind="made" column=${column} content=${made} scale=${scale} axis=${axis} />
      ${real && html`<${Charts} kind="real" column=${column} content=${real} scale=${scale} axis=${axis} />`}
      <p class="hint samples-axis">${axis.label}</p>
    </section>
  `;
}

function Charts({ kind, column, content, scale, axis }) {
  const title = t(`samples.origin.${kind}`);
  return html`
    <div class="small-charts">
      <h3 class=${`origin ${kind}`}>${title}</h3>
      <div class="small-heights" aria-hidden="true">${heightsOf(column, scale).map((height) => html`<span>${height}</span>`)}</div>
      <ol>
        ${content.series.map((series, i) => html`<li>
          <${SeriesChart} column=${column} series=${series} scale=${scale} axis=${axis} kind=${kind}
            label=${`${title} ${i + 1}, ${column.name}: ${saidOf(column, series)}`} />
          <span class="small-name">${[i + 1, ...contextOf(content.columns, series)].join(" · ")}</span>
        </li>`)}
      </ol>
    </div>
  `;
}

function SeriesChart({ column, series, scale, axis, kind, label }) {
  return html`<${SmallChart} values=${series.map((row) => scale.value(row[column.position]))} places=${axis.places(series)}
    range=${scale.range} span=${axis.span} isSteps=${column.kind === "category"} kind=${kind} label=${label} />`;
}

/** A series by itself, all its columns below each other; nothing tells where it is from. */
export function SeriesItem({ columns, series, all, label }) {
  const axis = axisOf(columns, all);
  return html`
    <div class="series-item">
      ${drawnColumns(columns).slice(0, MOST_COLUMNS).map((column) => html`
        <div class="series-item-column" key=${column.name}>
          <span class="small-name">${column.name}</span>
          <${SeriesChart} column=${column} series=${series} scale=${scaleOf(column, all)} axis=${axis} kind="neutral"
            label=${`${label}, ${column.name}: ${saidOf(column, series)}`} />
        </div>
      `)}
      <span class="small-name">${contextOf(columns, series).join(" · ")}</span>
    </div>
  `;
}
