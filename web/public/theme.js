// Runs before the first paint, so that nobody who chose the dark theme sees a white flash. A file of its own, because
// the page's policy allows no script inside it.
(() => {
  try {
    const theme = localStorage.getItem("wye.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem("wye.language");
    if (language) document.documentElement.lang = language;
  } catch {
    // Storage is switched off: the system's theme holds.
  }
})();
