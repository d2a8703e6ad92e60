"use strict";
// The whole session: consent, headphones, level, trials, the end.

const main = document.getElementById("main");
const wholeTitle = document.getElementById("title");
const place = document.getElementById("place");
const progress = document.getElementById("progress");
wholeTitle.textContent = document.title = config.title;

// Shows a page with a heading; resolves when its button is pressed.
function step(words, button, ...children) {
  return new Promise((resolve) => {
    const heading = make("h1", { tabIndex: -1 }, words);
    const go = button === null ? null : make("button", { className: "first", type: "button", id: "go", onclick: () => resolve() }, button);
    main.replaceChildren(heading, ...children, ...(go ? [make("div", { className: "row" }, go)] : []));
    heading.focus();
  });
}

const paragraph = (words, className = "") => make("p", { className }, words);
const warning = (words) => make("p", { className: "warning", role: "alert" }, words);

async function consent() {
  const box = make("input", { type: "checkbox", id: "agree" });
  const sure = make("label", { className: "agree" }, box, make("span", {}, "I have read this, I agree, and I am of age."));
  const note = make("div", { "aria-live": "polite" });
  for (;;) {
    await step(
      "Before you begin",
      "Begin",
      make("div", { className: "consent", tabIndex: 0 }, config.consent),
      paragraph(
        `${config.trials} trials, about ${config.minutes} minutes. You need headphones and a quiet place. You may close this page and come back to it in the same browser: it goes on where you left.`,
      ),
      sure,
      note,
    );
    if (box.checked) return;
    note.replaceChildren(warning("To take part, please tick the box."));
  }
}

async function level() {
  let source = null;
  const button = make("button", { type: "button", id: "noise" }, "Play the noise");
  button.addEventListener("click", async () => {
    await wake();
    source?.stop();
    source = source ? null : playOnce(noise(), true);
    button.textContent = source ? "Stop the noise" : "Play the noise";
  });
  await step(
    "Set the volume",
    "The volume is right",
    paragraph("Put on your headphones. Play the noise, and set the volume so that it is easy to hear and not loud. Then leave the volume as it is until the end."),
    make("div", { className: "row" }, button),
  );
  source?.stop();
}

// One round of the headphone check; resolves with whether it was right.
function round(number) {
  return new Promise((resolve) => {
    const { buffer, softest } = threeTones();
    const answer = (index) => {
      document.removeEventListener("keydown", key);
      source?.stop();
      resolve(index === softest);
    };
    let source = null;
    const play = make("button", { type: "button", id: "tones" }, "Play the three tones");
    const names = ["First", "Second", "Third"].map((words, index) =>
      make("button", { type: "button", "aria-disabled": "true", onclick: () => source && answer(index) }, words),
    );
    const start = () => {
      source?.stop();
      source = playOnce(buffer);
      names.forEach((button) => button.removeAttribute("aria-disabled"));
    };
    const key = (event) => {
      if (source && ["1", "2", "3"].includes(event.key)) answer(Number(event.key) - 1);
    };
    play.addEventListener("click", start);
    document.addEventListener("keydown", key);
    main.replaceChildren(
      make("h1", { tabIndex: -1 }, `Headphones: ${number} of ${ROUNDS}`),
      paragraph("Which of the three tones is the softest?"),
      make("div", { className: "row" }, play),
      make("div", { className: "row tones" }, ...names),
    );
    play.focus();
  });
}

async function headphones() {
  for (let attempt = 1; ; attempt += 1) {
    let right = 0;
    for (let number = 1; number <= ROUNDS; number += 1) right += await round(number);
    memory.write({ headphones: right });
    if (right >= PASSED || attempt === 2) return;
    await step(
      "Are your headphones on?",
      "Try again",
      paragraph("Your answers sound like loudspeakers, or a headphone on one ear. Please put headphones on both ears and try once more."),
    );
  }
}

async function ready(trial) {
  for (;;) {
    try {
      return await load(trial);
    } catch (error) {
      await step("This sound could not be loaded", "Try again", warning(`${error.message}.`));
    }
  }
}

async function trials(session) {
  const left = session.trials.filter((trial) => !session.answered.includes(trial.id));
  const count = session.trials.filter((trial) => !trial.practice).length;
  for (const [index, trial] of left.entries()) {
    const number = count - left.slice(index).filter((one) => !one.practice).length;
    place.textContent = trial.practice ? "Practice" : `Trial ${number + 1} of ${count}`;
    progress.value = number / count;
    main.replaceChildren(paragraph("Loading ...", "quiet"));
    const buffers = await ready(trial);
    const answer = show(trial, buffers, main);
    if (left[index + 1]) load(left[index + 1]).catch(() => {}); // while one listens; told when it is needed
    const given = await answer;
    loaded.delete(trial.id);
    const note = make("div", { role: "status" }, "Saving ...");
    main.replaceChildren(note);
    await keeper.save(given, (words) => note.replaceChildren(warning(words)));
  }
  place.textContent = "";
  progress.value = 1;
}

async function end() {
  const comment = make("textarea", { maxLength: 2000, id: "comment", "aria-label": "Anything to add" });
  await step(
    "That was the last one",
    "Finish",
    paragraph("Thank you. Is there anything that the experimenter should know? You may leave this empty."),
    comment,
  );
  const note = make("div", { role: "status" }, "Saving ...");
  main.replaceChildren(note);
  const sheet = { comment: comment.value, headphones: memory.read().headphones ?? null };
  const done = await keeper.finish(sheet, (words) => note.replaceChildren(warning(words)));
  finished(done);
}

function finished({ file, name, sent, code, url }) {
  const parts = [];
  if (file && !sent) {
    const link = make("a", { className: "button first", id: "file", href: URL.createObjectURL(file), download: name }, "Save the file");
    if (config.post) parts.push(warning("Your answers could not be sent."));
    parts.push(paragraph(`Your answers are in the file ${name}. Save it, and send it to whoever asked you to listen.`));
    parts.push(make("div", { className: "row" }, link));
  }
  if (code) parts.push(paragraph("Your completion code is"), make("p", { className: "code", id: "code" }, code));
  if (url) parts.push(make("div", { className: "row" }, make("a", { className: "button first", href: url }, "Go back to where you came from")));
  if (!file || sent) parts.push(paragraph("Your answers are saved. You may close this page."));
  step("Thank you", null, ...parts);
}

async function run() {
  let session = await keeper.session();
  const { headphones: checked } = memory.read();
  if (session?.finished) return finished(session.finished);
  if (!session || (config.way === "folder" && !session.begun)) {
    await consent();
    await wake();
    session = await keeper.begin();
    if (session.finished) return finished(session.finished); // somebody whom a panel sends again
  } else {
    await step("Welcome back", "Go on", paragraph("Put on your headphones. You go on where you left."));
    await wake();
  }
  if ((checked ?? null) === null) {
    await level();
    await headphones();
    await step(
      "How it goes",
      "Start",
      paragraph(
        config.kind === "mos"
          ? "Listen to each sound to the end and answer the questions on it. The first ones are for practice."
          : "Each trial has two sounds, A and B. Switch between them while they play, listen to both to the end, and answer the questions. If you hear no difference, say so. The first one is for practice.",
      ),
    );
  }
  await trials(session);
  await end();
}

run().catch((error) => step("This did not work", null, warning(error.message), paragraph("Reload this page to try again; what you have answered is kept.")));
