// A file that is chosen or dropped.
import { useState } from "./vendored/hooks.js";
import { html, classes } from "./html.js";

/** Args: accept: kinds of files; text: on the button; onFile: called with the file; children: what stands beside it. */
export function FileSource({ accept, text, hint, onFile, children }) {
  const [isOver, setIsOver] = useState(false);
  const drop = (event) => {
    event.preventDefault();
    setIsOver(false);
    if (event.dataTransfer.files[0]) onFile(event.dataTransfer.files[0]);
  };
  const choose = (event) => {
    if (event.target.files[0]) onFile(event.target.files[0]);
    event.target.value = ""; // so that the same file can be chosen again
  };
  return html`
    <div class=${classes("file-source", isOver && "drop")} onDragOver=${(event) => (event.preventDefault(), setIsOver(true))}
      onDragLeave=${() => setIsOver(false)} onDrop=${drop}>
      <div class="buttons">
        ${children}
        <label class="file-button"><input class="sr-only" type="file" accept=${accept} onChange=${choose} /><span>${text}</span></label>
      </div>
      <p class="hint">${hint}</p>
    </div>
  `;
}
