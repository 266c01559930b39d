"use strict";
// Sends the page's one form on arrival. Coming back by the Back button must not send it again: the token is used up.
(() => {
  const [navigation] = performance.getEntriesByType("navigation");
  if (navigation && navigation.type === "back_forward") return;
  document.querySelector("form[data-continue]").submit();
})();
