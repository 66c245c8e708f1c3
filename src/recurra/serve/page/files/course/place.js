// The course: its chapters, one at a time.
import { useEffect, useRef, useState } from "../vendored/hooks.js";
import { get } from "../api.js";
import { html } from "../html.js";
import { language, t } from "../language/language.js";
import { Failure } from "../places/failure.js";

const COURSE = "#//course";
const addressOf = (name) => `${COURSE}/${name}`;

/** chapter: its name; "" is the list of all. */
export function Course({ chapter }) {
  const [chapters, failure, again] = useContent(`/v1/course?language=${language()}`);
  const heading = useRef(null);
  useEffect(() => heading.current?.focus(), [chapter]);
  if (failure) return html`<${Failure} failure=${failure} retry=${again} />`;
  if (!chapters) return html`<p class="quiet" role="status">${t("course.loading")}</p>`;
  const listed = chapters.chapters;
  if (!listed.length) return html`<p class="quiet">${t("course.none")}</p>`;
  if (!chapter) return html`<${Contents} listed=${listed} heading=${heading} />`;
  return html`<${Chapter} key=${`${chapter} ${language()}`} name=${chapter} listed=${listed} heading=${heading} />`;
}

/** What the server has at a path, what went wrong instead, and how to ask again. */
function useContent(path) {
  const [content, setContent] = useState({ path: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    const done = (part) => setContent({ path, ...part });
    get(path, controller.signal).then(
      (answer) => done({ answer }),
      (failure) => failure.name !== "AbortError" && done({ failure }),
    );
    return () => controller.abort();
  }, [path, round]);
  const isCurrent = content.path === path;
  return [isCurrent ? content.answer : null, isCurrent ? content.failure : null, () => setRound(round + 1)];
}

function Contents({ listed, heading }) {
  return html`
    <div class="title"><h1 ref=${heading} tabindex="-1">${t("course.title")}</h1></div>
    <p class="course-intro">${t("course.intro")}</p>
    <ol class="course-list">
      ${listed.map(({ name, title }) => html`<li key=${name}><a class="card" href=${addressOf(name)}>${title}</a></li>`)}
    </ol>
  `;
}

function Chapter({ name, listed, heading }) {
  const [chapter, failure, again] = useContent(`/v1/course/${encodeURIComponent(name)}?language=${language()}`);
  const at = listed.findIndex((each) => each.name === name);
  return html`
    <div class="course">
      <nav class="course-chapters" aria-label=${t("course.chapters")}>
        <a href=${COURSE}>${t("course.title")}</a>
        <ol>${listed.map((each) => html`<li key=${each.name}><a href=${addressOf(each.name)} aria-current=${each.name === name ? "page" : undefined}>${each.title}</a></li>`)}</ol>
      </nav>
      <article>
        <div class="title"><h1 ref=${heading} tabindex="-1">${listed[at]?.title ?? t("course.title")}</h1></div>
        ${failure && html`<${Failure} failure=${failure} retry=${again} />`}
        ${!chapter && !failure && html`<p class="quiet" role="status">${t("course.loading")}</p>`}
        ${chapter && html`
          ${!chapter.has_outputs && html`<p class="hint">${t("course.no-outputs")} <code>make course</code></p>`}
          <div class="chapter" dangerouslySetInnerHTML=${{ __html: chapter.html }}></div>
        `}
        <nav class="course-steps" aria-label=${t("course.steps")}>
          ${listed[at - 1] ? html`<a href=${addressOf(listed[at - 1].name)} rel="prev">← ${listed[at - 1].title}</a>` : html`<span></span>`}
          ${listed[at + 1] && html`<a href=${addressOf(listed[at + 1].name)} rel="next">${listed[at + 1].title} →</a>`}
        </nav>
      </article>
    </div>
  `;
}
