// Sets the theme before the first paint: the cookie's (then the server has set it already), else the system's.
// A classic script in <head> on purpose: a module would run after the page has been drawn once.
(function () {
  const root = document.documentElement;
  if (!root.dataset.bsTheme) {
    root.dataset.bsTheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.themeFrom = "system";
  }
})();
