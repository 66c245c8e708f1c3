// A text that a language model writes: its symbols, what was there before, and the requests that let it grow.
import { eventGroups, get, post } from "../api.js";
import { DEFAULTS } from "./settings.js";
import { States } from "./states.js";
import { textOf, token, tokensOf } from "./tokens.js";

const ALTERNATIVES = 8;
const KEPT = 50; // earlier texts that one can go back to
const FOLLOW_EVERY = 250; // milliseconds between two looks at the hidden states while a text grows

const nothing = () => {};
const manuscripts = new Map(); // by run: a text stays while one looks at other parts of the page

/** The text of a run. */
export function manuscriptOf(run) {
  if (!manuscripts.has(run)) manuscripts.set(run, new Manuscript(run));
  return manuscripts.get(run);
}

/**
 * tokens: the symbols. ends: where in the text each of them ends. states: hidden states along them. failure: what went
 * wrong last. prompt, settings: what was last chosen for it.
 */
class Manuscript {
  constructor(run) {
    Object.assign(this, { run, tokens: [], ends: [], start: "", past: [], failure: null, prompt: "", settings: DEFAULTS });
    this.detach();
    this.states = new States(run);
    this.session = null; // where the server keeps the text, if it does
    this.stopper = null; // of the request that is being answered
    this.isDrawn = true;
    this.seconds = 0;
    this.fresh = 0; // symbols that the last request has brought
  }

  /**
   * Show the symbols in a view. change() is called when anything has changed, at most once a frame; speak(text, isEnd)
   * with what was written.
   */
  attach(view, change, speak) {
    Object.assign(this, { view, change, speak });
    view.append(this.tokens);
    change();
  }

  detach() {
    Object.assign(this, { view: null, change: nothing, speak: nothing });
  }

  get isWriting() {
    return this.stopper !== null;
  }

  get text() {
    return textOf(this.tokens);
  }

  /** Begin a text anew. */
  async write(prompt, settings) {
    this.stop();
    this.#remember();
    this.#cut(0);
    this.start = prompt ? "" : await this.#beginning();
    await this.#grow(prompt, settings, true);
  }

  /** Show the text of a session, and keep in it what is written from now on; null keeps nothing any more. */
  async use(session) {
    this.session = session;
    if (session?.text) {
      this.stop();
      this.#remember();
      this.#cut(0);
      this.start = "";
      this.fresh = 0;
      this.#add(await this.#readAgain(session.text));
      this.#follow(new AbortController());
    }
    this.change();
  }

  /** The symbols of a text that was written before, with their probabilities. */
  async #readAgain(text) {
    const content = { model: this.run, prompt: text, max_tokens: 0, echo: true, logprobs: ALTERNATIVES };
    const { choices } = await post("/v1/completions", content);
    return tokensOf(choices[0], text);
  }

  /** Let the text go on from its end. */
  async goOn(settings) {
    this.stop();
    await this.#grow(this.text, settings, false);
  }

  /** Put an alternative in the place of a symbol, and let the text go on from there. */
  async branch(index, alternative, settings) {
    this.stop();
    this.#remember();
    const { alternatives } = this.tokens[index];
    this.#cut(index);
    this.#add([token(alternative.text, alternative.probability, alternatives, "chosen")]);
    await this.#grow(this.text, settings, false);
  }

  stop() {
    this.stopper?.abort();
    this.stopper = null;
  }

  /** Go back to the text that was there before the last one. */
  back() {
    const { tokens, start } = this.past.pop();
    this.stop();
    this.#cut(0);
    this.start = start;
    this.#add(tokens);
    this.fresh = 0;
    this.#follow(new AbortController());
    this.change();
  }

  #remember() {
    if (this.tokens.length) this.past.push({ tokens: [...this.tokens], start: this.start });
    if (this.past.length > KEPT) this.past.shift();
  }

  #cut(index) {
    this.states.cut(index ? this.ends[index - 1] : 0);
    this.tokens.length = Math.min(this.tokens.length, index);
    this.ends.length = this.tokens.length;
    this.view?.cut(index);
  }

  #add(tokens) {
    for (const each of tokens) {
      this.tokens.push(each);
      this.ends.push((this.ends.at(-1) ?? 0) + each.text.length);
    }
    if (!this.isDrawn) return;
    this.isDrawn = false;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.isDrawn = true;
    this.view?.append(this.tokens.slice(this.view.length));
    this.change();
  }

  /** What the model has read before a text without a prompt. */
  async #beginning() {
    try {
      return (await get(`/tokenizer_info?model=${encodeURIComponent(this.run)}`)).eos_token;
    } catch {
      return "";
    }
  }

  /** isAnew: whether the text begins with this prompt, which is to be shown with its probabilities. */
  async #grow(prompt, settings, isAnew) {
    const stopper = new AbortController();
    Object.assign(this, { stopper, failure: null, fresh: 0, seconds: 0 });
    this.change();
    const began = performance.now();
    this.#follow(stopper);
    try {
      const content = await this.#request(prompt, settings, isAnew);
      const groups = eventGroups("/v1/completions", { content, signal: stopper.signal });
      await this.#read(groups, stopper, content.echo ? prompt : null);
    } catch (failure) {
      if (failure.name !== "AbortError" && this.stopper === stopper) this.failure = failure;
    }
    if (this.stopper === stopper || this.stopper === null) this.seconds = (performance.now() - began) / 1000;
    if (this.stopper === stopper) this.stopper = null;
    this.speak("", true);
    this.change();
  }

  async #request(text, settings, isAnew) {
    const content = { ...requestOf(this.run, settings), prompt: this.start + text, echo: isAnew && text !== "" };
    if (!this.session) return content;
    const { isBeginning, rest } = await this.session.rewindTo(text, isAnew);
    return { ...content, session: this.session.id, prompt: isBeginning && rest ? this.start + rest : rest };
  }

  async #read(groups, stopper, prompt) {
    for await (const events of groups) {
      if (stopper.signal.aborted) return;
      const tokens = [];
      let turn;
      for (const event of events) {
        if (event === "[DONE]") continue;
        const { choices, error, ...rest } = JSON.parse(event);
        turn = rest.turn ?? turn;
        if (error) throw Object.assign(new Error(error.message), { status: 500, code: error.code });
        const made = tokensOf(choices[0], prompt);
        if (prompt === null) this.fresh += made.length;
        prompt = null;
        tokens.push(...made.filter(({ text }) => text !== ""));
      }
      const written = tokens.filter(({ origin }) => origin === "written");
      this.speak(textOf(written), false);
      this.#add(tokens);
      if (turn !== undefined) this.session?.add(turn, this.text);
    }
  }

  /** Fetch hidden states as long as the text grows, and once more at its end. */
  async #follow(stopper) {
    for (;;) {
      const isLast = this.stopper !== stopper;
      if (this.tokens.length) {
        const hasNew = await this.states.extend(this.start, this.text).catch(() => false);
        if (hasNew) this.change();
      }
      if (isLast) return;
      await new Promise((resolve) => setTimeout(resolve, FOLLOW_EVERY));
    }
  }
}

function requestOf(model, { temperature, topP, length, seed }) {
  const content = { model, temperature, top_p: topP, max_tokens: length, logprobs: ALTERNATIVES };
  if (seed !== "") content.seed = Number(seed);
  return { ...content, stream: true, stream_options: { each_token: true } };
}
