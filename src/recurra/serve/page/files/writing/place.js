// The place where a language model writes, and one sees it think.
import { useEffect, useRef, useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { number, percent, t } from "../language/language.js";
import { Alternatives } from "../figures/alternatives.js";
import { nameOf } from "../figures/symbol_name.js";
import { Failure } from "../places/failure.js";
import { Legend } from "./legend.js";
import { manuscriptOf } from "./manuscript.js";
import { SessionPanel } from "./session_panel.js";
import { Settings } from "./settings.js";
import { Speaker } from "./speaker.js";
import { TextView } from "./text_view.js";
import { bitsOf } from "./tokens.js";
import { Units } from "./units.js";

const NOWHERE = { index: -1, isHeld: false };

export function Writing({ model }) {
  const [unit, setUnit] = useState(null);
  const [pointed, setPointed] = useState(NOWHERE);
  const [box, region] = [useRef(null), useRef(null)];
  const manuscript = useManuscript(model, box, region, setPointed);
  const [prompt, setPrompt] = useKept(manuscript, "prompt");
  const [settings, setSettings] = useKept(manuscript, "settings");
  const shown = useShown(manuscript, pointed.index);
  useShading(manuscript, unit);
  useEffect(() => manuscript.view?.mark(pointed.index), [pointed.index]);
  const run = (action) => (setPointed(NOWHERE), action);
  const write = (event) => {
    event.preventDefault();
    run(manuscript.write(prompt, settings));
  };
  const choose = (alternative, event) => {
    manuscript.view.overlook(event);
    run(manuscript.branch(pointed.index, alternative, settings));
  };
  return html`
    <div class="writing">
      <div class="desk">
        <form class="prompt" onSubmit=${write}>
          <label for="prompt">${t("prompt")}</label>
          <textarea id="prompt" rows="2" spellcheck="false" placeholder=${t("prompt.none")} value=${prompt} onInput=${(event) => setPrompt(event.target.value)}
            onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && write(event)}></textarea>
          <${Buttons} manuscript=${manuscript} goOn=${() => run(manuscript.goOn(settings))} back=${() => run(manuscript.back())} />
        </form>
        ${manuscript.failure && html`<${Failure} failure=${manuscript.failure} />`}
        <${Page} manuscript=${manuscript} box=${box} pointed=${pointed} setPointed=${setPointed} unit=${unit}
          choose=${choose} />
        <${Status} manuscript=${manuscript} />
        <div class="sr-only" role="log" aria-label=${t("spoken")} ref=${region}></div>
        <section class="card units" aria-labelledby="units-title">
          <h2 id="units-title">${t("units")}</h2>
          <p class="hint">${t("units.hint")}</p>
          <${Units} states=${manuscript.states} at=${shown} unit=${unit} choose=${setUnit} />
        </section>
      </div>
      <aside class="side" aria-label=${t("side")}>
        <${Settings} settings=${settings} change=${setSettings} />
        <${SessionPanel} model=${model} session=${manuscript.session} isBusy=${manuscript.isWriting}
          choose=${(session) => run(manuscript.use(session))} />
      </aside>
    </div>
  `;
}

/** The text of a run, drawn in a box and told to a live region; the component is drawn anew when it changes. */
function useManuscript(model, box, region, setPointed) {
  const [, setCount] = useState(0);
  const manuscript = manuscriptOf(model.id);
  useEffect(() => {
    const onPoint = (index, isHeld) => setPointed((before) => (before.isHeld && !isHeld ? before : { index, isHeld }));
    const view = new TextView(box.current, { onPoint, describe: (index) => saidOf(manuscript.tokens[index]) });
    const speaker = new Speaker(region.current);
    const speak = (text, isEnd) => speaker.say(text, isEnd);
    manuscript.attach(view, () => setCount((count) => count + 1), speak);
    return () => manuscript.detach();
  }, [manuscript]);
  return manuscript;
}

/** State that lasts as long as the text does. */
function useKept(manuscript, name) {
  const [value, setValue] = useState(manuscript[name]);
  return [value, (next) => setValue((manuscript[name] = next))];
}

function saidOf({ text, probability }) {
  return probability === null ? nameOf(text, t) : `${nameOf(text, t)}, ${percent(probability)}`;
}

/** After which symbol the units are shown: the one that is pointed at, else on the way to the last one. */
function useShown({ states, ends }, index) {
  const [moving, setMoving] = useState(-1);
  const last = states.length - 1;
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  useEffect(() => {
    if (moving === last) return undefined;
    if (isStill || moving > last) return void setMoving(last);
    const step = Math.max(1, Math.round((last - moving) / 8));
    const frame = setTimeout(() => setMoving(Math.min(last, moving + step)), 40);
    return () => clearTimeout(frame);
  }, [moving, last]);
  return index >= 0 && index < ends.length ? Math.min(states.symbolsIn(ends[index]) - 1, last) : Math.min(moving, last);
}

/** Color the text by the chosen unit, or else by probability. */
function useShading(manuscript, unit) {
  const shaded = useRef({ unit: null, states: 0, tokens: 0 });
  useEffect(() => {
    const { states, tokens, ends, view } = manuscript;
    const before = shaded.current;
    if (!view) return;
    const isSame = before.unit === unit && (unit === null || (before.states === states.length && before.tokens === tokens.length));
    if (isSame) return;
    shaded.current = { unit, states: states.length, tokens: tokens.length };
    const known = states.ends.at(-1) ?? 0;
    const valueOf = (i) => (ends[i] > known ? null : states.share(unit, states.symbolsIn(ends[i]) - 1));
    view.shade(tokens, unit === null ? null : valueOf);
  });
}

function Buttons({ manuscript, goOn, back }) {
  const { isWriting, tokens, past } = manuscript;
  return html`
    <div class="buttons">
      <button type="submit" class="primary">${t("write")}</button>
      <button type="button" disabled=${!isWriting} onClick=${() => (manuscript.stop(), manuscript.change())}>${t("stop")}</button>
      <button type="button" disabled=${isWriting || !tokens.length} onClick=${goOn}>${t("go-on")}</button>
      <button type="button" disabled=${!past.length} onClick=${back}>${t("back")}</button>
    </div>
  `;
}

/** The text, with the alternatives to the symbol that is pointed at. */
function Page({ manuscript, box, pointed, setPointed, unit, choose }) {
  const leaving = useRef(null);
  const token = manuscript.tokens[pointed.index];
  const anchor = token && manuscript.view?.span(pointed.index);
  const close = () => {
    setPointed(NOWHERE);
    if (pointed.isHeld) manuscript.view.focus(pointed.index);
  };
  const leave = () => {
    leaving.current = setTimeout(() => setPointed((now) => (now.isHeld ? now : NOWHERE)), 250);
  };
  const blur = (event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setPointed(NOWHERE);
  };
  return html`
    <section class="card sheet" aria-labelledby="text-title">
      <div class="sheet-head">
        <h2 id="text-title">${t("text")}</h2>
        <${Legend} unit=${unit} />
      </div>
      <div class="paper" onMouseLeave=${leave} onMouseEnter=${() => clearTimeout(leaving.current)} onFocusOut=${blur}
        onKeyDown=${(event) => event.key === "Escape" && close()}>
        <div class="text-box" ref=${box} role="listbox" aria-label=${t("text.label")} aria-orientation="horizontal"></div>
        ${!manuscript.tokens.length && html`<p class="quiet empty">${t("text.empty")}</p>`}
        ${anchor &&
        html`<${Alternatives} token=${token} anchor=${anchor} isHeld=${pointed.isHeld} choose=${choose} close=${close} />`}
      </div>
    </section>
  `;
}

function Status({ manuscript }) {
  const { isWriting, fresh, seconds, tokens } = manuscript;
  const bits = bitsOf(tokens);
  const done = t("status.done", { count: fresh, rate: number(fresh / (seconds || 1)) });
  return html`
    <p class="status">
      <span role="status">${isWriting ? t("status.writing") : fresh && seconds ? done : ""}</span>
      ${!isWriting && bits !== null && html`<span class="quiet"> ${t("status.bits", { bits: number(bits, 2) })}</span>`}
    </p>
  `;
}
