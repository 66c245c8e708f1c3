// Recordings of microphone and camera, made in the page.
import { useEffect, useRef, useState } from "./vendored/hooks.js";

const TYPES = ["video/webm;codecs=vp8", "video/webm", "video/mp4"];
const TICK = 100; // milliseconds between two looks at the time
const REASONS = { NotAllowedError: "refused", NotFoundError: "none", NotReadableError: "busy" };

/**
 * What records: its state, "idle", "asking" for leave or "recording"; the seconds that have passed; the stream; why
 * there is none, a key of the dictionary; start and stop.
 *
 * Args: constraints: as of getUserMedia; seconds: at most; onRecorded: called with the recording, a File.
 */
export function useRecorder(constraints, seconds, onRecorded) {
  const [state, setState] = useState("idle");
  const [elapsed, setElapsed] = useState(0);
  const [reason, setReason] = useState(null);
  const [stream, setStream] = useState(null);
  const recorder = useRef(null);
  const isGone = useRef(false);
  const stop = () => recorder.current?.state === "recording" && recorder.current.stop();
  useEffect(() => () => ((isGone.current = true), stop()), []);
  useEffect(() => {
    if (state !== "recording") return undefined;
    const began = performance.now();
    const timer = setInterval(() => {
      setElapsed(Math.min(seconds, (performance.now() - began) / 1000));
      if (performance.now() - began >= seconds * 1000) stop();
    }, TICK);
    return () => clearInterval(timer);
  }, [state]);
  const start = async () => {
    setReason(null);
    setElapsed(0);
    setState("asking");
    try {
      const opened = await open(constraints);
      if (isGone.current) return close(opened);
      setStream(opened);
      recorder.current = record(opened, (file) => {
        close(opened);
        if (isGone.current) return;
        setStream(null);
        setState("idle");
        onRecorded(file);
      });
      setState("recording");
    } catch (error) {
      setState("idle");
      setReason(`recording.${error.reason ?? REASONS[error.name] ?? "failed"}`);
    }
  };
  return { state, elapsed, stream, reason, start, stop };
}

/** A stream of microphone or camera; browsers give none to pages that came without https from another machine. */
async function open(constraints) {
  if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error("no devices"), { reason: "insecure" });
  return navigator.mediaDevices.getUserMedia(constraints);
}

function close(stream) {
  for (const track of stream.getTracks()) track.stop();
}

function record(stream, onEnd) {
  const hasVideo = stream.getVideoTracks().length > 0;
  const type = hasVideo ? TYPES.find((each) => MediaRecorder.isTypeSupported(each)) : undefined;
  const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = () => {
    const made = recorder.mimeType.split(";")[0];
    onEnd(new File(parts, `recording.${made.split("/")[1]}`, { type: made }));
  };
  recorder.start();
  return recorder;
}
