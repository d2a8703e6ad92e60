"use strict";
// Two models item by item. A model's numbers come as a script of this site, since pages opened as files may fetch nothing.
const sides = ["one", "other"];
const chosen = { one: null, other: null };
const loaded = new Map();

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

const text = (value) => (value === null ? "–" : Math.abs(value) < 0.0005 && value ? value.toExponential(1) : value.toFixed(3));

function cell(words, value) {
  const made = document.createElement("td");
  made.textContent = words;
  if (value !== undefined) {
    made.className = "num";
    made.dataset.v = value === null ? "" : value;
  }
  return made;
}

function list() {
  const metric = document.getElementById("metric");
  const way = metric.selectedOptions[0].dataset.way;
  const [a, b] = sides.map((side) => chosen[side].items[metric.value] || []);
  let better = 0, worse = 0;
  const rows = boardItems.ids.map((id, k) => {
    const one = a[k] ?? null, other = b[k] ?? null;
    const difference = one === null || other === null ? null : one - other;
    if (difference) (difference > 0) === (way !== "lower") ? (better += 1) : (worse += 1);
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = id;
    row.append(head, cell(boardItems.captions[k]), cell(text(one), one), cell(text(other), other), cell(text(difference), difference));
    return row;
  });
  const table = document.getElementById("items");
  [...table.tHead.rows[0].cells].forEach((heading) => heading.removeAttribute("aria-sort"));
  table.tBodies[0].replaceChildren(...rows);
  sides.forEach((side) => { document.getElementById(`head-${side}`).textContent = chosen[side].label; });
  const relation = way ? "better" : "higher";
  document.getElementById("verdict").textContent =
    `${chosen.one.label} is ${relation} on ${better} of ${rows.length} items, ${chosen.other.label} on ${worse}. A count is no test: the ranks of the table are.`;
}

// Players: both sounds and the picture run together, the second sound and the picture follow the sound that is heard.
const players = [...document.querySelectorAll(".card")].map((card) => {
  const sounds = Object.fromEntries(sides.map((side) => [side, card.querySelector(`audio.${side}`)]));
  const video = card.querySelector("video");
  const play = card.querySelector(".play"), seek = card.querySelector(".seek"), toggle = card.querySelector(".switch");
  const hearing = card.querySelector(".hearing");
  let heard = "one";
  const others = () => [sounds[heard === "one" ? "other" : "one"], video].filter(Boolean);
  const all = () => [...Object.values(sounds), video].filter(Boolean);

  const show = () => {
    sides.forEach((side) => {
      sounds[side].muted = side !== heard;
      card.querySelector(`.track.${side}`).classList.toggle("heard", side === heard);
    });
    toggle.setAttribute("aria-pressed", String(heard === "other"));
    hearing.textContent = chosen[heard] ? `Hearing ${chosen[heard].label}` : "";
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
    const levels = sides.map((side) => chosen[side].samples[card.dataset.id]?.loudness ?? null);
    const match = document.getElementById("matched").checked && levels.every((level) => level !== null);
    sides.forEach((side, k) => {
      const sample = chosen[side].samples[card.dataset.id];
      const image = card.querySelector(`.track.${side} img`);
      card.querySelector(`.track.${side} .name`).textContent = chosen[side].label + (sample ? "" : ": no sound published");
      image.hidden = !sample;
      if (!sample) { sounds[side].removeAttribute("src"); return; }
      const source = `audio/${sample.sha256}.opus`;
      if (sounds[side].getAttribute("src") !== source) sounds[side].src = source;
      image.src = `spectra/${sample.sha256}.png`;
      image.alt = `Spectrogram of ${chosen[side].label}`;
      sounds[side].volume = match ? 10 ** ((Math.min(...levels) - levels[k]) / 20) : 1;
    });
    show();
  };
  return { pause, fill };
});

async function choose() {
  for (const side of sides) chosen[side] = await load(Number(document.getElementById(side).value));
  list();
  players.forEach((player) => player.fill());
}

[...sides].forEach((side) => document.getElementById(side).addEventListener("change", choose));
document.getElementById("metric").addEventListener("change", list);
document.getElementById("matched").addEventListener("change", () => players.forEach((player) => player.fill()));
choose();
