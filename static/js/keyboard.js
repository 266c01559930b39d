"use strict";
// Single keys: a control names its key in data-key, a place in data-go (after g), a bucket in data-bucket (after b).
// They never fire in a field, and a person can switch them off (data-shortcuts on the body is then missing).
(() => {
  const chordTime = 1500;
  let chord = "";
  let chordTimer = 0;

  const find = (name, key) => document.querySelector(`[data-${name}="${CSS.escape(key)}"]`);
  const activate = (control) => {
    if (!control) return false;
    if (control.matches("input")) control.focus();
    else if (control instanceof SVGElement) control.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    else control.click();
    return true;
  };

  const startChord = (key) => {
    chord = key;
    clearTimeout(chordTimer);
    chordTimer = setTimeout(() => { chord = ""; }, chordTime);
    return true;
  };

  const step = (by) => {
    const links = [...document.querySelectorAll("[data-row-link]")];
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + by));
    links[next].focus();
    return true;
  };

  const nextCurrency = () => {
    const tabs = [...document.querySelectorAll("[data-currency]")];
    const at = tabs.findIndex((tab) => tab.hasAttribute("aria-current"));
    return tabs.length > 1 && activate(tabs[(at + 1) % tabs.length]);
  };

  const press = (key) => {
    const started = chord;
    chord = "";
    if (started === "g") return activate(find("go", key));
    if (started === "b") return activate(find("bucket", key));
    if (key === "g" || key === "b") return startChord(key);
    if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
    if (key === "c") return nextCurrency();
    return activate(find("key", key));
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea, dialog[open]");
    if (!document.body.hasAttribute("data-shortcuts") || typing) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (press(event.key)) event.preventDefault();
  });
})();
