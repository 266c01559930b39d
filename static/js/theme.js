"use strict";
// Runs before the first paint, from the head: marks that there is a script and applies the chosen theme, which is
// kept in a cookie so that the next page arrives with it already in its markup.
(() => {
  const root = document.documentElement;
  const year = 365 * 24 * 3600;
  root.classList.add("js");

  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    const theme = button.dataset.themeChoice;
    document.cookie = `theme=${theme}; path=/; samesite=lax; max-age=${theme ? year : 0}`;
    show(theme);
  });
  document.addEventListener("DOMContentLoaded", () => show(root.dataset.theme || ""));
})();
