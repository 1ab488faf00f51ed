// The dark/light switch: any [data-theme-toggle] button. The choice is a cookie, so the server draws the page in it.
// Without a choice the page follows the system; other tabs follow through localStorage.

const YEAR_S = 365 * 24 * 3600;
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

/** Draw the page in `theme`, "dark" or "light", and say so on the switches. */
function show(theme) {
  root.dataset.bsTheme = theme;
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.setAttribute("aria-pressed", String(theme === "dark"));
  }
}

/** Keep `theme` for this browser, all tabs and the next visit. */
function choose(theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // A forbidden storage: other tabs do not follow at once, the cookie is enough for the next page.
  }
  delete root.dataset.themeFrom;
  show(theme);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-toggle]")) choose(root.dataset.bsTheme === "dark" ? "light" : "dark");
});

addEventListener("storage", (event) => {
  if (event.key === "theme" && (event.newValue === "dark" || event.newValue === "light")) show(event.newValue);
});

system.addEventListener("change", () => {
  if (root.dataset.themeFrom === "system") show(system.matches ? "dark" : "light");
});

show(root.dataset.bsTheme);
