"use strict";
// Two rows by all metrics, by ear, and item by item. A row's numbers come as a script of this site, since pages opened
// as files may fetch nothing.
const sides = ["one", "other"];
const chosen = { one: null, other: null };
const loaded = new Map();
const byId = (id) => document.getElementById(id);

function load(index) {
  if (!loaded.has(index)) {
    loaded.set(index, new Promise((done) => {
      const script = document.createElement("script");
      script.src = `data/${boardItems.slug}.${index}.js`;
      script.addEventListener("load", () => done(boardModels[index]));
      document.head.append(script);
    }));
  }
  return loaded.get(index);
}

function text(value) {
  return value === null ? "–" : Math.abs(value) < 0.0005 && value ? value.toExponential(1) : value.toFixed(3);
}

function cell(words, value) {
  const made = document.createElement("td");
  made.textContent = words;
  if (value !== undefined) {
    made.className = "num";
    made.dataset.v = value === null ? "" : value;
  }
  return made;
}

function head(words) {
  const made = document.createElement("th");
  made.scope = "row";
  made.textContent = words;
  return made;
}

// The difference of the first from the second by a metric: [value, low, high]; a row holds those from later rows only.
function difference(key) {
  const [a, b] = sides.map((side) => Number(byId(side).value));
  if (a === b) return null;
  const at = 3 * (Math.abs(a - b) - 1);
  const found = boardModels[Math.min(a, b)].against[key]?.slice(at, at + 3) ?? [null];
  if (found[0] === null) return null;
  if (a < b) return found;
  const [value, low, high] = found;
  return [-value, high === null ? null : -high, low === null ? null : -low];
}

// With as many decimals as the second digit of the interval's half-width has.
function rounded(numbers) {
  const half = (numbers[2] - numbers[1]) / 2;
  const digits = half > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(half)))) : 3;
  return numbers.map((number) => number.toFixed(digits).replace(/^-(0(\.0+)?)$/, "$1").replace("-", "−"));
}

function drawn(numbers, way) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", "strip wide");
  made.setAttribute("viewBox", "0 0 240 16");
  made.setAttribute("aria-hidden", "true");
  const sign = way === "lower" ? -1 : 1, most = Math.max(...numbers.map(Math.abs)) || 1;
  const at = (number) => (120 + (112 * sign * number) / most).toFixed(1);
  const part = (name, attributes) => {
    const one = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    made.append(one);
  };
  part("path", { class: "axis", d: "M6 8H234" });
  part("path", { class: "mark", d: "M120 1V15" });
  part("path", { class: "range", d: `M${at(numbers[1])} 8H${at(numbers[2])}` });
  part("circle", { cx: at(numbers[0]), cy: 8, r: 4.5 });
  return made;
}

function verdict() {
  const tally = { better: 0, worse: 0, undecided: 0 };
  const rows = [];
  for (const metric of boardItems.metrics) {
    const values = sides.map((side) => chosen[side].shown[metric.key]);
    if (!values[0] && !values[1]) continue;
    const found = difference(metric.key);
    const row = document.createElement("tr");
    const arrow = { higher: " ↑", lower: " ↓" }[metric.better] || "";
    row.append(head(metric.title + arrow), ...values.map((value) => cell(value ? value[0] : "–", null)));
    if (!found || found[1] === null) {
      const why = !metric.better ? "no better direction" : found ? "cannot be decided" : "not compared";
      row.append(cell(found ? text(found[0]) : "", null), cell(""), cell(""), cell(why));
    } else {
      const [value, low, high] = rounded(found);
      const up = found[1] > 0, down = found[2] < 0;
      let word = up || down ? (up === (metric.better === "higher") ? "better" : "worse") : "undecided";
      if (metric.title.includes("†")) word += ", fooled";
      else tally[word] += 1;
      const plot = cell("");
      plot.append(drawn(found, metric.better));
      row.append(cell(value, found[0]), cell(`[${low}, ${high}]`), plot, cell(word));
      row.lastChild.className = word === "better" || word === "worse" ? "shown" : "grey";
    }
    rows.push(row);
  }
  byId("differences").tBodies[0].replaceChildren(...rows);
  sides.forEach((side) => { byId(`value-${side}`).textContent = chosen[side].label; });
  byId("verdict").textContent = byId("one").value === byId("other").value ? "Choose two different rows."
    : `${chosen.one.label} against ${chosen.other.label}: better on ${tally.better}, worse on ${tally.worse}, undecided on ${tally.undecided}.`;
}

function list() {
  const metric = boardItems.metrics.find((one) => one.key === byId("metric").value);
  if (!metric) return;
  const [a, b] = sides.map((side) => chosen[side].items[metric.key] || []);
  let better = 0, worse = 0;
  const rows = [];
  boardItems.ids.forEach((id, k) => {
    const one = a[k] ?? null, other = b[k] ?? null;
    if (one === null && other === null) return;
    const apart = one === null || other === null ? null : one - other;
    if (apart) (apart > 0) === (metric.better !== "lower") ? (better += 1) : (worse += 1);
    const row = document.createElement("tr");
    row.append(head(id), cell(boardItems.captions[k]), cell(text(one), one), cell(text(other), other), cell(text(apart), apart));
    rows.push(row);
  });
  const table = byId("items");
  [...table.tHead.rows[0].cells].forEach((heading) => heading.removeAttribute("aria-sort"));
  table.tBodies[0].replaceChildren(...rows);
  sides.forEach((side) => { byId(`head-${side}`).textContent = chosen[side].label; });
  byId("tally").textContent = `${chosen.one.label} is ${metric.better ? "better" : "higher"} on ${better} of ${rows.length} items, ${chosen.other.label} on ${worse}. A count is no test.`;
}

// Players: both sounds and the picture run together, the second sound and the picture follow the sound that is heard.
// With names hidden, which of the two comes first is drawn anew for each item.
const players = [...document.querySelectorAll(".listen")].map((card) => {
  const sounds = Object.fromEntries(sides.map((side) => [side, card.querySelector(`audio.${side}`)]));
  const video = card.querySelector("video");
  const play = card.querySelector(".play"), seek = card.querySelector(".seek"), toggle = card.querySelector(".switch");
  const hearing = card.querySelector(".hearing");
  let heard = "one", turned = false;
  const whose = (side) => chosen[turned ? sides[1 - sides.indexOf(side)] : side];
  const name = (side) => (byId("blind").checked ? { one: "Sound A", other: "Sound B" }[side] : whose(side).label);
  const others = () => [sounds[heard === "one" ? "other" : "one"], video].filter(Boolean);
  const all = () => [...Object.values(sounds), video].filter(Boolean);

  const show = () => {
    sides.forEach((side) => {
      sounds[side].muted = side !== heard;
      card.querySelector(`.track.${side}`).classList.toggle("heard", side === heard);
    });
    toggle.setAttribute("aria-pressed", String(heard === "other"));
    hearing.textContent = chosen[heard] ? `Hearing ${name(heard)}` : "";
  };
  const follow = (most) => others().forEach((player) => {
    if (Math.abs(player.currentTime - sounds[heard].currentTime) > most) player.currentTime = sounds[heard].currentTime;
  });
  const pause = () => { all().forEach((player) => player.pause()); play.textContent = "Play"; };
  const start = async () => {
    players.forEach((player) => player.pause());
    if (sounds[heard].ended) all().forEach((player) => { player.currentTime = 0; });
    play.textContent = "Pause";
    await Promise.all(all().map((player) => player.play().catch(() => {})));
    follow(0.03);
  };
  const change = () => { follow(0.015); heard = heard === "one" ? "other" : "one"; show(); };

  play.addEventListener("click", () => (sounds[heard].paused ? start() : pause()));
  toggle.addEventListener("click", change);
  seek.addEventListener("input", () => all().forEach((player) => { player.currentTime = Number(seek.value); }));
  for (const side of sides) {
    sounds[side].addEventListener("timeupdate", () => {
      if (side !== heard) return;
      seek.value = sounds[side].currentTime;
      if (!sounds[side].paused) follow(0.06);
    });
    sounds[side].addEventListener("ended", () => { if (side === heard) pause(); });
  }
  card.addEventListener("keydown", (event) => { if (event.key === "x" || event.key === "X") change(); });

  const fill = () => {
    pause();
    turned = byId("blind").checked && Math.random() < 0.5;
    const samples = sides.map((side) => whose(side).samples[card.dataset.id])
      .map((sample) => (sample && boardItems.heard.includes(sample.sha256) ? sample : undefined));
    const levels = samples.map((sample) => sample?.loudness ?? null);
    const match = byId("matched").checked && levels.every((level) => level !== null);
    sides.forEach((side, k) => {
      const sample = samples[k], image = card.querySelector(`.track.${side} img`);
      card.querySelector(`.track.${side} .name`).textContent = name(side) + (sample ? "" : ": no sound published");
      image.hidden = !sample;
      if (!sample) { sounds[side].removeAttribute("src"); return; }
      const source = `audio/${sample.sha256}.opus`;
      if (sounds[side].getAttribute("src") !== source) sounds[side].src = source;
      image.src = `spectra/${sample.sha256}.png`;
      image.alt = `Spectrogram of ${name(side)}`;
      sounds[side].volume = match ? 10 ** ((Math.min(...levels) - levels[k]) / 20) : 1;
    });
    show();
  };
  return { pause, fill };
});

async function choose() {
  for (const side of sides) chosen[side] = await load(Number(byId(side).value));
  verdict();
  list();
  players.forEach((player) => player.fill());
}

for (const side of sides) {
  const wanted = state.get(side);
  if (wanted !== null && byId(side).querySelector(`option[value="${CSS.escape(wanted)}"]`)) byId(side).value = wanted;
  byId(side).addEventListener("change", () => { keep(side, byId(side).value); choose(); });
}
byId("turn").addEventListener("click", () => {
  [byId("one").value, byId("other").value] = [byId("other").value, byId("one").value];
  sides.forEach((side) => keep(side, byId(side).value));
  choose();
});
byId("metric").addEventListener("change", list);
for (const id of ["matched", "blind"]) byId(id).addEventListener("change", () => players.forEach((player) => player.fill()));
choose();
