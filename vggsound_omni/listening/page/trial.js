"use strict";
// One trial: its sounds, its picture, its questions.

function make(tag, fields = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.includes("-")) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const LETTERS = ["A", "B"];
const CHOICES =
  config.kind === "mos"
    ? config.scale.map((word, index) => ({ value: index + 1, words: [make("b", {}, String(index + 1)), word], name: `${index + 1}, ${word}` }))
    : [
        { value: "left", words: ["A"], name: "A" },
        { value: "same", words: ["no difference"], name: "no difference" },
        { value: "right", words: ["B"], name: "B" },
      ];

function fieldset(question) {
  const radio = ({ value, words, name }) =>
    make(
      "label",
      {},
      make("input", { type: "radio", name: question.key, value: String(value), "aria-label": name }),
      ...words.map((word) => (typeof word === "string" ? make("span", {}, word) : word.cloneNode(true))),
    );
  const choices = make("div", { className: config.kind === "mos" ? "choices five" : "choices" }, ...CHOICES.map(radio));
  return make("fieldset", { "data-key": question.key }, make("legend", {}, question.words), choices);
}

// Loads the files of a trial; asked a second time it returns the same promise.
const loaded = new Map();
function load(trial) {
  if (!loaded.has(trial.id)) {
    const sounds = trial.sounds.map(async (url) => context.decodeAudioData(await loadSound(url)));
    const all = Promise.all(sounds);
    all.catch(() => loaded.delete(trial.id));
    loaded.set(trial.id, all);
  }
  return loaded.get(trial.id);
}

// Shows a trial; resolves with its answer.
function show(trial, buffers, main) {
  return new Promise((resolve) => {
    const shown = performance.now();
    const video = trial.picture
      ? make("video", { src: trial.picture, muted: true, playsInline: true, preload: "auto", "aria-label": "The picture" })
      : null;
    const one = buffers.length === 1;
    const play = make("button", { className: "play", type: "button" });
    const marks = buffers.map(() => make("span", { className: "heard" }));
    const sounds = buffers.map((_, index) =>
      make("button", { type: "button", onclick: () => pick(index) }, LETTERS[index], marks[index]),
    );
    const line = make("input", { type: "range", min: 0, max: trial.seconds, step: 0.01, value: 0, "aria-label": "Where the sound is" });
    const fields = config.questions.map(fieldset);
    const missing = make("p", { className: "warning", role: "alert", hidden: true });
    const next = make("button", { className: "first", type: "button", id: "next" }, "Next");
    const form = make("form", { onsubmit: (event) => event.preventDefault() }, ...fields);

    const player = new Player(buffers, video, trial.seconds, draw);
    const toggle = () => (player.playing ? player.pause() : player.play());
    function pick(index) {
      player.choose(index);
      if (!player.playing) player.play();
    }
    play.addEventListener("click", toggle);
    line.addEventListener("input", () => player.seek(Number(line.value)));
    form.addEventListener("change", draw);
    next.addEventListener("click", done);

    function choices() {
      const given = new FormData(form);
      const plain = (text) => (config.kind === "mos" ? Number(text) : text);
      return Object.fromEntries([...given].map(([key, text]) => [key, plain(text)]));
    }
    function lacking() {
      const unheard = buffers.findIndex((_, index) => !player.heard(index));
      if (unheard >= 0) return one ? "Please listen to the end first." : `Please listen to ${LETTERS[unheard]} from start to end first.`;
      const given = choices();
      return config.questions.every(({ key }) => key in given) ? null : "Please answer every question.";
    }
    function draw() {
      const words = player.playing ? "Pause" : "Play";
      if (play.textContent !== words) play.textContent = words;
      play.classList.toggle("on", player.playing);
      sounds.forEach((button, index) => {
        button.setAttribute("aria-pressed", String(index === player.current));
        const words = player.heard(index) ? "✓ heard" : "";
        if (marks[index].textContent !== words) marks[index].textContent = words;
      });
      if (document.activeElement !== line || player.playing) line.value = player.position;
      const reason = lacking();
      next.setAttribute("aria-disabled", String(reason !== null));
      if (reason === null) missing.hidden = true;
    }
    function done() {
      const reason = lacking();
      missing.textContent = reason ?? "";
      missing.hidden = reason === null;
      if (reason !== null) return;
      document.removeEventListener("keydown", key);
      player.close();
      resolve({ trial: trial.id, choices: choices(), seconds: Math.round(performance.now() - shown) / 1000 });
    }
    function key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = document.activeElement;
      const letter = LETTERS.indexOf(event.key.toUpperCase());
      const number = Number(event.key);
      if (event.key === " " && at.tagName !== "BUTTON") toggle();
      else if (letter >= 0 && letter < buffers.length && !one) pick(letter);
      else if (number >= 1 && number <= CHOICES.length) {
        const open = fields.find((field) => !field.querySelector(":checked"));
        const field = at.closest?.("fieldset") ?? open ?? fields.at(-1);
        const chosen = field.querySelectorAll("input")[number - 1];
        chosen.checked = true;
        (fields.find((other) => !other.querySelector(":checked"))?.querySelector("input") ?? next).focus();
        draw();
      } else if (event.key === "Enter" && at.tagName !== "BUTTON") done();
      else return;
      event.preventDefault();
    }
    document.addEventListener("keydown", key);

    const heading = make("h1", { tabIndex: -1 }, trial.practice ? "Practice" : one ? "How good is this sound?" : "Which sound is better?");
    const keys = ["Keys: ", make("kbd", {}, "Space"), " plays, "];
    if (!one) keys.push(make("kbd", {}, "A"), " and ", make("kbd", {}, "B"), " switch, ");
    keys.push(make("kbd", {}, `1 to ${CHOICES.length}`), " answer, ", make("kbd", {}, "Enter"), " goes on.");
    main.replaceChildren(
      heading,
      ...(trial.practice ? [make("p", { className: "quiet" }, "This one is to get used to it and does not count.")] : []),
      ...(trial.caption === null ? [] : [make("p", { className: "caption" }, make("span", { className: "quiet" }, "Caption: "), trial.caption)]),
      ...(video ? [video] : []),
      make("div", { className: "player" }, play, one ? make("span", {}) : make("div", { className: "sounds" }, ...sounds), line),
      ...(one ? [] : [make("p", { className: "quiet" }, "Switch between A and B as often as you like while they play.")]),
      form,
      missing,
      make("div", { className: "row" }, next),
      make("p", { className: "quiet keys" }, ...keys),
    );
    heading.focus();
    draw();
  });
}
