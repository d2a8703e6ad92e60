"use strict";
// The state of a study, for whoever has the token. It comes behind # in the address, which is sent to nobody.

const at = (id) => document.getElementById(id);
let token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

async function ask(path) {
  const answer = await fetch(`api/${path}`, { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
  if (answer.ok) return answer;
  throw new Error((await answer.json().catch(() => ({}))).error ?? `The server answers ${answer.status}.`);
}

const time = (seconds) => new Date(1000 * seconds).toLocaleString();

function row(listener) {
  const { number, joined, last, answered, of, finished, headphones, left_out: leftOut, comment } = listener;
  const screening = !finished ? "" : (leftOut ?? "passed");
  const cells = [number, time(joined), time(last), `${answered} of ${of}`, headphones === null ? "" : `${headphones} of 6`, screening, comment];
  const line = document.createElement("tr");
  line.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
  return line;
}

async function show() {
  try {
    const state = await (await ask("admin")).json();
    const { listeners } = state;
    const finished = listeners.filter((one) => one.finished);
    at("title").textContent = state.title;
    at("summary").textContent =
      `${listeners.length} of ${state.places} places are taken, ${finished.length} listeners have finished, ` +
      `${finished.filter((one) => one.left_out === null).length} of them pass the screening. Study ${state.study.slice(0, 12)}.`;
    at("rows").replaceChildren(...listeners.map(row));
    const refused = Object.entries(state.refused).map(([what, count]) => `${what}: ${count}`);
    at("refused").textContent = `Refused since the start: ${refused.join(", ") || "nothing"}.`;
    at("entry").hidden = true;
    at("state").hidden = false;
    at("note").hidden = true;
    setTimeout(show, 10_000);
  } catch (error) {
    at("note").textContent = error.message;
    at("note").hidden = false;
    at("entry").hidden = false;
  }
}

async function save(path, name) {
  const file = await (await ask(`admin/${path}`)).blob();
  Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: name }).click();
}

at("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value.trim();
  show();
});
at("answers").addEventListener("click", () => save("answers.zip", "answers.zip"));
at("participants").addEventListener("click", () => save("participants.csv", "participants.csv"));
if (token) show();
