// Uses each table of a report as its reader would, and returns what it cannot do.
const HANDFUL = 5;
const done = [];
const complaints = [];
const seen = node => node.checkVisibility();
const summaryOr = cell => (cell.querySelector("summary") || cell).textContent.trim();
const said = cell => cell.dataset.sort || summaryOr(cell);
const fire = (node, name) => node.dispatchEvent(new Event(name));
const fold = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const withoutStory = item => {
  const copy = item.cloneNode(true);
  for (const details of copy.querySelectorAll("details"))
    details.replaceChildren(...details.querySelectorAll(":scope > summary"));
  return copy.textContent;
};
// Somebody's address, or an account or a contact by its reference.
const NAMES_SOMEBODY = /[^\s:]+@[^\s:,]+[.,]\w+|\b[a-z]\w*\/\d+\b/;
const compare = (left, right) => {
  const [a, b] = [left, right].map(text => text.replace(/,/g, ""));
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return a - b;
  return new Intl.Collator("en", { numeric: true }).compare(left, right);
};

for (const table of document.querySelectorAll("table")) {
  const caption = table.caption.textContent.trim().replace(/\s+/g, " ");
  const matrix = table.classList.contains("matrix");
  const items = () => matrix ? [...table.tBodies]
    : [...table.tBodies].flatMap(body => [...body.rows]);
  const number = items().length;
  const complain = text => complaints.push(`${caption}: ${text}`);
  done.push({ caption, number });
  if (table.classList.contains("signatures")) { // a form, to be filled in with a pen
    if (items().some(row => [...row.cells].slice(1).some(cell => cell.textContent.trim())))
      complain("has something to be read in it");
    continue;
  }
  const before = (table.closest(".scroll") || table).previousElementSibling;
  const tools = before && before.classList.contains("tools") ? before : null;

  // Each row about somebody unfolds to rows, flags, findings, rule, answers.
  let unfolding = 0;
  for (const item of items()) {
    if (!NAMES_SOMEBODY.test(withoutStory(item))) continue;
    unfolding += 1;
    const details = item.querySelector("details");
    if (!details) { complain(`does not unfold: ${item.textContent.trim().slice(0, 60)}`); continue; }
    const shut = details.lastElementChild;
    if (details.open || seen(shut) && !item.classList.contains("folded")) complain("is unfolded");
    details.querySelector("summary").click();
    const parts = [...details.querySelectorAll(".story dd, .finding, .answers dd, p")];
    if (!details.open || !parts.some(part => item.classList.contains("folded") || seen(part)))
      complain("stays folded");
    const text = details.textContent;
    if (!/contact \S+\/\d+|client|Client|has the flags/.test(text) || /knows no more/.test(text))
      complain(`explains nothing: ${text.trim().slice(0, 60)}`);
    details.open = false;
  }
  if (unfolding > 1 && !(tools && [...tools.querySelectorAll("button")]
    .some(button => button.textContent === "Unfold all"))) complain("has no Unfold all");
  if (number < 2) continue;
  if (!table.tHead) { complain("has no heads to sort it by"); continue; }

  // Sorted by each column, both ways.
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const name = head.textContent.trim();
    const button = head.querySelector("button.sort");
    if (!button) { if (name !== "Done") complain(`cannot be sorted by ${name}`); return; }
    for (const way of ["ascending", "descending"]) {
      button.click();
      if (head.getAttribute("aria-sort") !== way) complain(`is not ${way} by ${name}`);
      if (matrix) continue; // by more than a cell says
      const values = items().map(item => said(item.cells[column]));
      const wrong = values.slice(1).findIndex((value, at) =>
        compare(values[at], value) * (way === "ascending" ? 1 : -1) > 0);
      if (wrong >= 0) complain(`${name}: ${values[wrong]} before ${values[wrong + 1]}`);
    }
  });
  if (number <= HANDFUL) continue;

  // Searched.
  const shown = () => items().filter(seen);
  const search = tools && tools.querySelector("input[type=search]");
  if (!search) { complain("cannot be searched"); continue; }
  const words = fold(items()[number - 1].textContent).split(/[^\p{L}\p{N}@._-]+/u);
  const word = words.filter(Boolean).sort((a, b) => b.length - a.length)[0];
  search.value = word;
  fire(search, "input");
  if (!shown().length || shown().some(item => !fold(item.textContent).includes(word)))
    complain(`a search for ${word} finds others`);
  search.value = "nobody has this name";
  fire(search, "input");
  if (shown().length) complain("finds what is not there");
  search.value = "";
  fire(search, "input");

  // Filtered, by each value there is: unless there are but names and numbers.
  const boxes = [...tools.querySelectorAll("select")];
  const may = [...table.tHead.querySelectorAll("[data-filter]")];
  if (!may.length && table.tHead.querySelectorAll("th:not(.num)").length > 1)
    complain("cannot be filtered");
  if (!boxes.length && may.some(head => !matrix
    && new Set(items().map(item => said(item.cells[head.cellIndex]))).size > 1))
    complain("offers no filter");
  for (const box of boxes) {
    for (const option of [...box.options].slice(1)) {
      box.value = option.value;
      fire(box, "change");
      if (!shown().length) complain(`shows nothing for ${option.value}`);
    }
    if (shown().length === number && number < 25) complain(`${box.value} leaves out nobody`);
    box.value = "";
    fire(box, "change");
  }
}
return [done, complaints];
