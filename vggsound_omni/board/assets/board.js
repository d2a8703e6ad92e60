"use strict";
// Tables: sorting by a click on a column's name, filtering by words and by open weights.
const compareText = new Intl.Collator(undefined, { numeric: true }).compare;

function sortBy(table, column) {
  const headings = [...table.tHead.rows[0].cells];
  const heading = headings[column];
  const first = heading.querySelector("button").dataset.first || "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const way = heading.getAttribute("aria-sort") === first ? other : first;
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
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((heading, column) =>
    heading.querySelector("button")?.addEventListener("click", () => sortBy(table, column)));
}

for (const filter of document.querySelectorAll("[data-filters]")) {
  const rows = [...document.getElementById(filter.dataset.filters).tBodies[0].rows];
  const open = document.querySelector("[data-only=open]");
  const count = document.getElementById("count");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = (filter.dataset.within ? row.querySelector(filter.dataset.within) : row).textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word)) || (open?.checked && !("open" in row.dataset));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };
  filter.addEventListener("input", apply);
  open?.addEventListener("change", apply);
}
