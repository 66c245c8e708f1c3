// The sessions of a model: begun, chosen, forked, sent as files, deleted.
import { useEffect, useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { createSession, deleteSession, exportAddress, exportSession, importSession, openSession, sessionsOf } from "./sessions.js";

/** session: the chosen one, or null. isBusy: whether a text is being written. choose(session) uses another. */
export function SessionPanel({ model, session, isBusy, choose }) {
  const [listed, setListed] = useState(null);
  const [failure, setFailure] = useState(null);
  const [isOver, setIsOver] = useState(false);
  const attempt = async (work) => {
    setFailure(null);
    try {
      await work?.();
      setListed(await sessionsOf(model.id));
    } catch (error) {
      setFailure(error);
    }
  };
  const use = (made) => attempt(async () => choose(await made));
  useEffect(() => void attempt(), [model.id, session?.id, session?.marks.length, isBusy]);
  if (!listed && !failure) return null;
  const drop = (event) => {
    event.preventDefault();
    setIsOver(false);
    if (event.dataTransfer.files[0]) use(importSession(event.dataTransfer.files[0]));
  };
  return html`
    <section class=${isOver ? "sessions drop" : "sessions"} aria-labelledby="sessions-title" onDrop=${drop}
      onDragOver=${(event) => (event.preventDefault(), setIsOver(true))} onDragLeave=${() => setIsOver(false)}>
      <h2 id="sessions-title">${t("sessions")}</h2>
      <p class="hint">${session ? t("sessions.hint.on") : t("sessions.hint")}</p>
      ${failure && html`<${Failure} failure=${failure} />`}
      ${listed?.length > 0 &&
      html`<ul>
        ${listed.map(
          (each) => html`<li key=${each.id}><${Row} each=${each} model=${model} isChosen=${each.id === session?.id}
            isBusy=${isBusy} use=${use} attempt=${attempt} choose=${choose} /></li>`,
        )}
      </ul>`}
      <div class="buttons">
        <button type="button" disabled=${isBusy} onClick=${() => use(createSession(model.id))}>${t("sessions.new")}</button>
        <label class="file-button">
          <input type="file" class="sr-only" disabled=${isBusy} onChange=${(event) => {
            if (event.target.files[0]) use(importSession(event.target.files[0]));
            event.target.value = "";
          }} />
          <span>${t("sessions.import")}</span>
        </label>
      </div>
    </section>
  `;
}

const FORK = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 14V8M8 8L3 2M8 8l5-6" /></svg>`;

function Row({ each, model, isChosen, isBusy, use, attempt, choose }) {
  const name = each.id.slice(-6);
  const isStale = each.hash !== model.hash;
  const drag = (event) => {
    const url = new URL(exportAddress(each.id), location.href);
    event.dataTransfer.setData("DownloadURL", `application/octet-stream:${each.id}.safetensors:${url}`);
  };
  const fork = () => use(openSession(each.id).then((session) => session.fork()));
  const remove = () => attempt(async () => (await deleteSession(each.id), isChosen && choose(null)));
  const named = (verb) => ({ "aria-label": `${t(verb)}: ${name}`, title: t(verb), disabled: isBusy });
  return html`
    <div class=${isChosen ? "session chosen" : "session"} draggable=${each.turns > 0} onDragStart=${drag}>
      <button type="button" class="session-name" aria-pressed=${isChosen ? "true" : "false"} disabled=${isBusy || isStale}
        onClick=${() => (isChosen ? choose(null) : use(openSession(each.id)))}>
        <code>${name}</code> <span class="quiet">${isStale ? t("sessions.stale") : t("sessions.turns", { count: each.turns })}</span>
      </button>
      <span class="session-verbs">
        <button type="button" class="plain" ...${named("sessions.fork")} onClick=${fork}>${FORK}</button>
        <button type="button" class="plain" ...${named("sessions.export")} disabled=${isBusy || !each.turns}
          onClick=${() => attempt(() => download(each.id))}><span aria-hidden="true">⤓</span></button>
        <button type="button" class="plain" ...${named("sessions.delete")} onClick=${remove}><span aria-hidden="true">✕</span></button>
      </span>
    </div>
  `;
}

async function download(id) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await exportSession(id));
  link.download = `${id}.safetensors`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
