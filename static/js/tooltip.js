"use strict";
// A chart's column says its figures on hover and focus. The words are read from the column's row in the table
// beneath the chart (data-row names it), so nothing is said here that is not on the page.
(() => {
  const tip = document.getElementById("tooltip");
  if (!tip) return;

  const line = (swatch, label, value) => {
    const row = document.createElement("div");
    for (const [tag, text] of [["i", ""], ["span", label], ["span", value]]) {
      const part = document.createElement(tag);
      part.textContent = text;
      row.append(part);
    }
    row.firstChild.className = swatch ? `swatch ${swatch}` : "";
    row.className = swatch ? "" : "sum-line";
    return row;
  };

  const fill = (row) => {
    const heads = [...row.closest("table").tHead.rows[0].cells];
    const [first, ...cells] = row.cells;
    const title = document.createElement("b");
    title.textContent = first.textContent;
    const lines = cells.map((cell, index) => {
      const head = heads[index + 1];
      return line(head.dataset.swatch, head.textContent, cell.textContent);
    });
    const total = lines.pop();
    tip.replaceChildren(title, ...lines.reverse(), total);
  };

  const show = (column) => {
    const row = document.getElementById(column.dataset.row);
    if (!row) return;
    fill(row);
    tip.hidden = false;
    const box = column.getBoundingClientRect();
    const left = box.left + box.width / 2 - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(8, Math.min(innerWidth - tip.offsetWidth - 8, left))}px`;
    tip.style.top = `${Math.max(8, box.top - tip.offsetHeight + 40)}px`;
  };
  const hide = () => { tip.hidden = true; };
  const columnOf = (event) => (event.target instanceof Element ? event.target.closest("[data-row]") : null);

  for (const kind of ["mouseover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const column = columnOf(event);
      if (column) show(column);
      else if (kind === "mouseover") hide();
    });
  }
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
})();
