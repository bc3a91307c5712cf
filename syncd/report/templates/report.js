// The page works without this. With it each table can be searched, filtered, sorted and unfolded.
// It reads nothing but the page, keeps nothing, and asks nobody for anything.
(() => {
  "use strict";
  const SHOWN = 25; // rows of a long table until somebody asks for all
  const HANDFUL = 5; // rows that are seen at a glance: these are only sorted
  const made = (name, words = "", attributes = {}) => {
    const element = document.createElement(name);
    element.textContent = words;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const plain = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const counted = (number, noun) => {
    const one = noun === "people" ? "person" : noun.replace(/s$/, "");
    return `${number.toLocaleString("en")} ${number === 1 ? one : noun}`;
  };

  // A table of people has a body for each person; any other has a row for each item.
  const itemsOf = table => table.classList.contains("matrix")
    ? [...table.tBodies]
    : [...table.tBodies].flatMap(body => [...body.rows]);
  const parents = new WeakMap();

  // What a cell says by itself, without what it unfolds to.
  const saidBy = cell => (cell.querySelector("summary") ?? cell).textContent.trim();

  // What a column says of an item: a table of people says it in several rows.
  const cellsOf = (item, column) => {
    const rows = item.rows ? [...item.rows].filter(row => !row.classList.contains("person")) : [item];
    return rows.map(row => row.cells[column]).filter(Boolean);
  };
  const valueOf = (item, column, key) => {
    if (key) return item.dataset[key] ?? "";
    const said = cellsOf(item, column).map(cell => cell.dataset.sort ?? saidBy(cell)).join(" ");
    return said.replace(/(\d),(?=\d{3})/g, "$1");
  };
  const collator = new Intl.Collator("en", { numeric: true });

  const filtersOf = new WeakMap(); // the name of each filter of a table, and its box

  const equip = table => {
    const items = itemsOf(table);
    if (items.length < 2) return;
    const texts = new Map();
    const textOf = item => {
      if (!texts.has(item)) texts.set(item, plain(item.textContent));
      return texts.get(item);
    };
    for (const item of items) parents.set(item, item.parentNode);
    const caption = table.caption ? table.caption.textContent.trim() : "table";
    const noun = table.dataset.noun || "rows";
    const heads = [...table.tHead.rows[0].cells];
    const tools = made("div", "", { class: "tools", role: "search", "aria-label": caption });
    const said = made("output", "", { "aria-live": "polite" });
    const all = made("button", "", { type: "button" });
    let search = null;
    let whole = items.length <= SHOWN * 2;
    const filters = [];

    const show = () => {
      const wanted = search ? plain(search.value.trim()).split(/\s+/).filter(Boolean) : [];
      const asked = filters.filter(filter => filter.box.value);
      let fitting = 0;
      let seen = 0;
      for (const item of items) {
        const fits = wanted.every(word => textOf(item).includes(word))
          && asked.every(filter => filter.values(item).includes(filter.box.value));
        if (fits) fitting += 1;
        const shown = fits && (whole || seen < SHOWN);
        if (shown) seen += 1;
        item.classList.toggle("unfit", !fits);
        item.classList.toggle("folded", fits && !shown);
      }
      const part = fitting === items.length ? "" : `${fitting.toLocaleString("en")} of `;
      said.textContent = part + counted(items.length, noun);
      all.hidden = whole || seen === fitting;
      all.textContent = `Show all ${fitting.toLocaleString("en")}`;
    };

    if (items.length > HANDFUL) {
      const label = made("label", "Search ");
      search = made("input", "", { type: "search", autocomplete: "off", spellcheck: "false" });
      search.addEventListener("input", show);
      label.append(search);
      tools.append(label);
    }
    heads.forEach((head, column) => {
      const key = head.dataset.filter;
      if (key === undefined || items.length <= HANDFUL) return;
      const values = item => key ? (item.dataset[key] || "").split("|").filter(Boolean)
        : cellsOf(item, column).map(cell => cell.dataset.value || saidBy(cell));
      const known = [...new Set(items.flatMap(values))].sort(collator.compare);
      if (known.length < 2) return;
      const name = head.dataset.name || head.textContent.trim();
      const label = made("label", `${name} `);
      const box = made("select");
      box.append(made("option", "any", { value: "" }), ...known.map(value => made("option", value)));
      box.addEventListener("change", show);
      label.append(box);
      tools.append(label);
      filters.push({ name, box, values });
    });
    if (table.querySelectorAll("details").length > 1) {
      const button = made("button", "Unfold all", { type: "button", "aria-pressed": "false" });
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-pressed") === "false";
        for (const item of items) {
          if (item.classList.contains("unfit") || item.classList.contains("folded")) continue;
          for (const details of item.querySelectorAll("details")) details.open = open;
        }
        button.setAttribute("aria-pressed", String(open));
        button.textContent = open ? "Fold all" : "Unfold all";
      });
      tools.append(button);
    }
    heads.forEach((head, column) => {
      if (head.dataset.sort === "none") return;
      const button = made("button", "", { type: "button", class: "sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sorted = items.map(item => [valueOf(item, column, head.dataset.by), item]);
        sorted.sort(([left], [right]) => collator.compare(left, right) * (down ? -1 : 1));
        sorted.forEach(([, item], place) => {
          items[place] = item;
          parents.get(item).append(item);
        });
        show();
      });
    });
    all.addEventListener("click", () => {
      whole = true;
      show();
    });
    filtersOf.set(table, new Map(filters.map(({ name, box }) => [name, box])));
    if (tools.childElementCount) (table.closest(".scroll") || table).before(tools);
    tools.append(said, all);
    show();
  };

  // A number of rows in another table leads to them: that table then shows no others.
  const showThose = event => {
    const link = event.target.closest("a[data-show]");
    const table = link && document.querySelector(`${link.hash} table`);
    if (!table) return;
    const [name, value] = link.dataset.show.split(/=(.*)/s);
    for (const [known, box] of filtersOf.get(table) ?? []) {
      const has = known === name && [...box.options].some(option => option.value === value);
      box.value = has ? value : "";
      box.dispatchEvent(new Event("change"));
    }
  };

  const unfold = () => {
    // A link to a rule, a person or a section: what it leads to is never hidden or folded.
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      node.classList.remove("folded", "unfit");
      if (node.tagName === "DETAILS") node.open = true;
    }
    const inside = target.querySelector("details");
    if (inside && target.tagName === "TBODY") inside.open = true;
    target.scrollIntoView();
  };

  document.documentElement.classList.add("scripted");
  for (const table of document.querySelectorAll("table.data")) equip(table);
  addEventListener("click", showThose);
  addEventListener("hashchange", unfold);
  unfold();
})();
