"use strict";

// The list of items: sorting, filtering.
const list = document.getElementById("list");
const headings = [...list.tHead.rows[0].cells];
const body = list.tBodies[0];
const compareText = new Intl.Collator(undefined, { numeric: true }).compare;

function sortBy(column) {
  const heading = headings[column];
  const first = heading.firstElementChild.dataset.first;
  const other = first === "ascending" ? "descending" : "ascending";
  const way = heading.getAttribute("aria-sort") === first ? other : first;
  headings.forEach((cell) => cell.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", way);
  const sign = way === "ascending" ? 1 : -1;
  const numeric = heading.classList.contains("num");
  const keyed = [...body.rows].map((row) => {
    const cell = row.cells[column];
    return { row, key: numeric ? cell.dataset.v : cell.textContent };
  });
  // Items without a value come last in either direction.
  keyed.sort((a, b) => {
    if (a.key === "" || b.key === "") return (a.key === "") - (b.key === "");
    return sign * (numeric ? Number(a.key) - Number(b.key) : compareText(a.key, b.key));
  });
  body.append(...keyed.map(({ row }) => row));
}

headings.forEach((heading, column) => heading.querySelector("button")?.addEventListener("click", () => sortBy(column)));

const filter = document.getElementById("filter");
const count = document.getElementById("count");
const filtered = [...document.querySelectorAll("[data-text]")].map((node) => [node, node.dataset.text.toLowerCase()]);

filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [node, text] of filtered) {
    node.hidden = !words.every((word) => text.includes(word));
    shown += !node.hidden && node.tagName === "TR";
  }
  count.textContent = `${shown} of ${body.rows.length} items`;
});

// Players: one sound at a time, a line at the current time; the video also runs, muted, with the reference's sound.
const players = [...document.querySelectorAll(".player")];

function follow(card, player, plot) {
  const line = plot.querySelector(".now");
  const seconds = Number(plot.dataset.seconds);
  line.classList.add("on");
  const draw = () => {
    const place = `${Math.min(100, (100 * player.currentTime) / seconds)}%`;
    line.setAttribute("x1", place);
    line.setAttribute("x2", place);
    if (!player.paused) requestAnimationFrame(draw);
  };
  draw();
}

for (const card of document.querySelectorAll(".card")) {
  const picture = card.querySelector("video");
  const hearing = card.querySelector(".hearing");
  const reference = card.querySelector("audio[data-name=reference]");
  let borrowed = false; // the video is running muted along with the reference

  const give = () => {
    if (!borrowed) return;
    borrowed = false;
    picture.pause();
    picture.muted = false;
    hearing.textContent = "Generated sound";
  };

  for (const player of card.querySelectorAll(".player")) {
    const plot = card.querySelector(`.sound.${player.dataset.name} .plot > svg`);
    player.addEventListener("play", () => {
      if (player === picture && borrowed) return;
      for (const another of players) {
        if (another !== player && !(another === picture && player === reference)) another.pause();
      }
    });
    for (const event of ["playing", "seeked", "pause"]) {
      player.addEventListener(event, () => {
        if (!(player === picture && borrowed)) follow(card, player, plot);
      });
    }
    plot?.addEventListener("click", (event) => {
      const box = plot.getBoundingClientRect();
      const time = ((event.clientX - box.left) / box.width) * Number(plot.dataset.seconds);
      const seek = () => { player.currentTime = Math.max(0, time); };
      if (player.readyState) seek();
      else player.addEventListener("loadedmetadata", seek, { once: true });
      player.play();
    });
  }

  if (picture && reference) {
    const align = () => {
      if (borrowed && Math.abs(picture.currentTime - reference.currentTime) > 0.06) {
        picture.currentTime = reference.currentTime;
      }
    };
    reference.addEventListener("playing", () => {
      borrowed = true;
      picture.muted = true;
      hearing.textContent = "Reference sound";
      align();
      picture.play();
    });
    reference.addEventListener("seeked", align);
    reference.addEventListener("timeupdate", align);
    reference.addEventListener("pause", give);
    picture.addEventListener("pause", () => {
      if (borrowed && !picture.ended) reference.pause();
    });
  }
}
