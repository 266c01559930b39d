"use strict";
// Small behaviours of the page itself: dialogs, menus, printing, and what to do when a refresh goes wrong.
(() => {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog).showModal();
    if (event.target.closest("[data-print]")) window.print();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // Empty fields stay out of addresses, so that the bare address is the one people share.
  document.addEventListener("htmx:configRequest", (event) => {
    const parameters = event.detail.parameters;
    for (const name of Object.keys(parameters)) {
      if (parameters[name] === "") delete parameters[name];
    }
  });

  // An answer may be another page than the one asked from: figures where there was an empty state, or the sign-in
  // page. Take the whole of the first kind, and go to the second; a selection that finds nothing would blank the page.
  const has = (text, target) => new RegExp(`\\sid="${target}"`).test(text);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, pathInfo } = event.detail;
    if (xhr.status >= 400 || !["results", "page"].includes(target.id)) return;
    if (has(xhr.responseText, target.id)) return;
    if (has(xhr.responseText, "page")) {
      event.detail.target = document.getElementById("page");
      event.detail.selectOverride = "#page";
      return;
    }
    event.detail.shouldSwap = false;
    location.assign(pathInfo.finalRequestPath);
  });

  const failed = (event) => {
    const xhr = event.detail.xhr;
    if (xhr && xhr.status === 401) return location.reload();
    const notice = document.getElementById("refresh-failed");
    if (!notice) return undefined;
    const reference = xhr && xhr.getResponseHeader ? xhr.getResponseHeader("X-Request-ID") : "";
    notice.querySelector("[data-reference]").textContent = reference ? `Reference ${reference}.` : "";
    notice.hidden = false;
    return undefined;
  };
  for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, failed);
  }
  document.addEventListener("htmx:afterSwap", () => {
    const notice = document.getElementById("refresh-failed");
    if (notice) notice.hidden = true;
  });

  // A run's progress is replaced every second or two; only a new step is worth saying.
  document.addEventListener("htmx:afterSettle", () => {
    const progress = document.getElementById("progress");
    const announce = document.getElementById("announce");
    if (progress && announce && announce.textContent !== progress.dataset.announcement) {
      announce.textContent = progress.dataset.announcement;
    }
  });
})();
