// The frame of the page: what is served, which part of it is shown, and the switches.
import { useCallback, useEffect, useRef, useState } from "./vendored/hooks.js";
import { get, useKey } from "./api.js";
import { html } from "./html.js";
import { chooseLanguage, language, t } from "./language/language.js";
import { isDark, switchTheme } from "./theme.js";
import { jobName, placesOf } from "./places/catalogue.js";
import { Failure } from "./places/failure.js";
import { KeyDialog } from "./places/key_dialog.js";
import { Place } from "./places/place.js";

const LOOK_AGAIN = 2000; // milliseconds, while nothing can answer yet

export function App() {
  const [models, failure, load] = useModels();
  const [route, go] = useRoute();
  const isCourse = route.run === "" && route.place === "course";
  const [, redraw] = useState(0);
  const [keys, setKeys] = useState(0); // how often a person has given one
  const again = () => redraw((count) => count + 1);
  const model = models?.find(({ id }) => id === route.run) ?? models?.[0];
  const places = model ? placesOf(model) : [];
  const place = places.includes(route.place) ? route.place : places[0];
  useEffect(() => {
    const shown = isCourse ? t("course.title") : model?.id;
    document.title = shown ? `${shown} · Recurra` : "Recurra";
  });
  return html`
    <a class="skip" href="#content" onClick=${skip}>${t("skip")}</a>
    <${Header} onSwitch=${again} isCourse=${isCourse} />
    ${isCourse
      ? html`<div class="frame"><main id="content" tabindex="-1"><${Place} key=${keys} name="course" chapter=${route.part} /></main></div>`
      : html`<${Frame} models=${models} model=${model} failure=${failure} load=${load} places=${places} place=${place} go=${go} />`}
    <${Footer} />
    <${KeyDialog} onKey=${(key) => (useKey(key), setKeys(keys + 1), load())} />
  `;
}

/** The runs, and what is shown of the chosen one. */
function Frame({ models, model, failure, load, places, place, go }) {
  return html`
    <div class=${models?.length > 1 ? "frame with-runs" : "frame"}>
      ${models?.length > 1 && html`<${Runs} models=${models} chosen=${model} />`}
      <main id="content" tabindex="-1">
        ${failure && html`<${Failure} failure=${failure} retry=${load} />`}
        ${!failure && !models && html`<p class="quiet" role="status">${t("loading")}</p>`}
        ${models?.length === 0 && html`<p class="quiet" role="status">${t("nothing")}</p>`}
        ${place && html`<${Content} key=${model.id} model=${model} places=${places} place=${place} go=${go} />`}
      </main>
    </div>
  `;
}

/** The served runs, what went wrong instead, and how to ask again; asks until there is one. */
function useModels() {
  const [models, setModels] = useState(null);
  const [failure, setFailure] = useState(null);
  const load = useCallback(async () => {
    try {
      setModels((await get("/v1/models")).data);
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  }, []);
  useEffect(() => void load(), []);
  useEffect(() => {
    if (models?.length !== 0) return undefined;
    const timer = setInterval(load, LOOK_AGAIN);
    return () => clearInterval(timer);
  }, [models]);
  return [models, failure, load];
}

/** Which run, which of its places and which part of that the address names; the course is a place of no run. */
function useRoute() {
  const [route, setRoute] = useState(readRoute());
  useEffect(() => {
    const read = () => location.hash.startsWith("#/") && setRoute(readRoute());
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return [route, (hash) => (location.hash = hash)];
}

function readRoute() {
  const [run = "", place = "", part = ""] = location.hash.replace(/^#\/?/, "").split("/").map(decode);
  return { run, place, part };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function skip(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}

function Header({ onSwitch, isCourse }) {
  const other = language() === "zh" ? "en" : "zh";
  const turn = () => (switchTheme(), onSwitch());
  const speak = () => (chooseLanguage(other), onSwitch());
  return html`
    <header class="top">
      <a class="brand" href="#/"><img src="/page/icon.svg" alt="" width="28" height="28" /><span>Recurra</span></a>
      <p class="motto">${t("motto")}</p>
      <div class="switches">
        <a class="to-course" href="#//course" aria-current=${isCourse ? "page" : undefined}>${t("course")}</a>
        <button type="button" class="plain" onClick=${speak} lang=${other === "zh" ? "zh-Hans" : "en"}>
          ${other === "zh" ? "中文" : "English"}
        </button>
        <button type="button" class="plain" aria-pressed=${isDark() ? "true" : "false"} onClick=${turn}>
          <span aria-hidden="true">${isDark() ? "☀" : "☾"}</span> ${t("dark")}
        </button>
      </div>
    </header>
  `;
}

function Runs({ models, chosen }) {
  return html`
    <nav class="runs" aria-label=${t("runs")}>
      <ul>
        ${models.map(
          (model) => html`
            <li key=${model.id}>
              <a href=${address(model)} aria-current=${model === chosen ? "page" : undefined}>
                <span class="run-name">${model.id}</span> <span class="run-job">${jobName(model.job)}</span>
              </a>
            </li>
          `,
        )}
      </ul>
    </nav>
  `;
}

function Content({ model, places, place }) {
  const heading = useRef(null);
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) heading.current.focus();
    isFirst.current = false;
  }, [place]);
  return html`
    <div class="title">
      <h1 ref=${heading} tabindex="-1">${model.id}</h1>
      <p class="quiet">
        ${jobName(model.job)} · <span title=${model.hash}>${t("hash")} <code>${model.hash.slice(0, 10)}</code></span>
      </p>
    </div>
    ${places.length > 1 && html`<${Places} model=${model} places=${places} chosen=${place} />`}
    <${Place} key=${place} name=${place} model=${model} />
  `;
}

function Places({ model, places, chosen }) {
  return html`
    <nav class="places" aria-label=${t("places")}>
      <ul>
        ${places.map(
          (place) => html`
            <li key=${place}>
              <a href=${address(model, place)} aria-current=${place === chosen ? "page" : undefined}>
                ${t(`place.${place}`)}
              </a>
            </li>
          `,
        )}
      </ul>
    </nav>
  `;
}

function address(model, place) {
  return `#/${encodeURIComponent(model.id)}${place ? `/${place}` : ""}`;
}

function Footer() {
  return html`
    <footer class="bottom">
      <p>${t("footer")} <a href="/openapi.json">${t("api")}</a></p>
    </footer>
  `;
}
