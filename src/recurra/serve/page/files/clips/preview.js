// What the camera sees while it records.
import { useEffect, useRef } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";

export function Preview({ stream }) {
  const video = useRef(null);
  useEffect(() => {
    video.current.srcObject = stream;
  }, [stream]);
  return html`<video class="clip" ref=${video} autoplay muted playsinline aria-label=${t("clips.preview")}></video>`;
}
