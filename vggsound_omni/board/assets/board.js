"use strict";
// Tables: sorting by a click on a column's name, filters, and which columns are shown. The state is in the address, so
// that a view can be sent to others.
const compareText = new Intl.Collator(undefined, { numeric: true }).compare;
const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

function keep(name, value) {
  if (value) state.set(name, value);
  else state.delete(name);
  const words = state.toString();
  history.replaceState(null, "", words ? `#${words}` : location.pathname + location.search);
}

function sortBy(table, column, wanted) {
  const headings = [...table.tHead.rows[0].cells];
  const heading = headings[column];
  const first = heading.querySelector("button").dataset.first || "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const way = wanted || (heading.getAttribute("aria-sort") === first ? other : first);
  headings.forEach((cell) => cell.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", way);
  const sign = way === "ascending" ? 1 : -1;
  const numeric = heading.classList.contains("num");
  const body = table.tBodies[0];
  const keyed = [...body.rows].map((row) => {
    const cell = row.cells[column];
    return { row, key: numeric ? cell.dataset.v : cell.textContent };
  });
  // What has no value is last whichever way the rest goes.
  keyed.sort((a, b) => {
    if (a.key === "" || b.key === "") return (a.key === "") - (b.key === "");
    return sign * (numeric ? Number(a.key) - Number(b.key) : compareText(a.key, b.key));
  });
  body.append(...keyed.map(({ row }) => row));
  return way;
}

for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => heading.querySelector("button")?.addEventListener("click", () => {
    const way = sortBy(table, column);
    if (table.id === "scores") keep("sort", `${column}.${way}`);
  }));
  const [column, way] = (table.id === "scores" && state.get("sort") || "").split(".");
  if (way && headings[column]?.querySelector("button")) sortBy(table, Number(column), way);
}

for (const filter of document.querySelectorAll("[data-filters]")) {
  const table = document.getElementById(filter.dataset.filters);
  const rows = [...table.tBodies[0].rows];
  const open = document.getElementById("open"), status = document.getElementById("status");
  const count = document.getElementById("count");
  const noun = count.textContent.replace(/^\d+ /, "");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = (filter.dataset.within ? row.querySelector(filter.dataset.within) : row).textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word)) || (open?.checked && !("open" in row.dataset))
        || (status?.value && !row.classList.contains(status.value));
      shown += !row.hidden;
    }
    count.textContent = shown === rows.length ? `${shown} ${noun}` : `${shown} of ${rows.length} ${noun}`;
  };
  filter.value = state.get("find") || "";
  if (open) open.checked = state.has("open");
  if (status) status.value = state.get("status") || "";
  for (const [control, name] of [[filter, "find"], [open, "open"], [status, "status"]]) {
    control?.addEventListener("input", () => {
      keep(name, control.type === "checkbox" ? control.checked && "1" : control.value);
      apply();
    });
  }
  apply();
}

// Columns of a track's table: as many as fit, unless the reader chose; on a phone the one that the list names.
const scores = document.getElementById("scores");
if (scores) {
  const headings = [...scores.tHead.rows[0].cells];
  const keys = headings.map((heading) => heading.dataset.k).filter(Boolean);
  const one = document.getElementById("one"), boxes = [...document.querySelectorAll("[name=column]")];
  const intervals = document.getElementById("intervals");
  const sizes = [["(max-width: 46rem)", 1], ["(max-width: 60rem)", 4], ["(max-width: 75rem)", 6], ["all", 9]];
  const queries = sizes.map(([query, most]) => [matchMedia(query), most]);
  const room = () => queries.find(([query]) => query.matches)[1];
  const chosen = () => {
    const most = room();
    if (most === 1) return [one.value];
    const asked = (state.get("columns") || "").split(",").filter((key) => keys.includes(key));
    return asked.length ? asked : keys.slice(0, most);
  };
  const show = () => {
    const shown = new Set(chosen()), narrow = room() === 1;
    scores.classList.add("chosen");
    const hidden = headings.map((heading) => (heading.dataset.k ? !shown.has(heading.dataset.k) : narrow && heading.classList.contains("items")));
    for (const row of scores.rows) {
      if (row.cells.length === headings.length) [...row.cells].forEach((cell, k) => { cell.hidden = hidden[k]; });
    }
    boxes.forEach((box) => { box.checked = shown.has(box.value); });
  };
  const spread = () => { scores.classList.toggle("intervals", intervals.checked); };
  if (state.has("metric") && keys.includes(state.get("metric"))) one.value = state.get("metric");
  intervals.checked = state.has("intervals");
  one.addEventListener("input", () => { keep("metric", one.value); show(); });
  intervals.addEventListener("input", () => { keep("intervals", intervals.checked && "1"); spread(); });
  for (const box of boxes) {
    box.addEventListener("input", () => {
      keep("columns", boxes.filter((each) => each.checked).map((each) => each.value).join(","));
      show();
    });
  }
  document.getElementById("usual").addEventListener("click", () => { keep("columns", ""); show(); });
  queries.forEach(([query]) => query.addEventListener("change", show));
  const chooser = document.querySelector(".chooser");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chooser.open) { chooser.open = false; chooser.querySelector("summary").focus(); }
  });
  document.addEventListener("click", (event) => { if (!chooser.contains(event.target)) chooser.open = false; });
  spread();
  show();
}
