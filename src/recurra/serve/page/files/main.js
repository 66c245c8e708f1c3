// The page begins here.
import { render } from "./vendored/preact.js";
import { html } from "./html.js";
import { App } from "./app.js";

render(html`<${App} />`, document.getElementById("app"));
