/* Sign-up by WhatsApp. Turns <div data-optin="FORM"> into a choice of topics with a link to the
   company's own page, where all is explained and nothing is ordered yet. Sends and stores nothing. */
(() => {
  "use strict";
  const data = __DATA__;
  // No weight at all, so that the site's rules win; but its colour of links must not be the button's.
  const css = `
:where(.optin) { font: inherit; color: inherit; }
:where(.optin-topics) { border: 0; margin: 0; padding: 0; min-inline-size: 0; }
:where(.optin-topics legend) { padding: 0; font-weight: 600; margin-block-end: .5em; }
:where(.optin-topic) { display: flex; gap: .6em; align-items: center; min-block-size: 2.75em; }
:where(.optin-topic input) { inline-size: 1.25em; block-size: 1.25em; margin: 0; flex: none; }
.optin-go:any-link { display: inline-block; margin-block-start: .5em; padding: .8em 1.4em;
  border-radius: .5em; background: #0b6b75; color: #fff; text-decoration: none; font-weight: 600; }
:where(.optin-go:focus-visible) { outline: 2px solid currentColor; outline-offset: 2px; }
:where(.optin-note) { font-size: .875em; margin-block: .75em 0; }`;

  const make = (name, className, ...children) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };

  /** The language of the place it stands in, else the first one there is. */
  const languageOf = (place) => {
    const wanted = (place.closest("[lang]")?.lang ?? "").slice(0, 2).toLowerCase();
    return Object.hasOwn(data.words, wanted) ? wanted : Object.keys(data.words)[0];
  };

  const fill = (place) => {
    const language = languageOf(place);
    const words = data.words[language];
    if (!words || place.querySelector(".optin")) return;
    const go = make("a", "optin-go", words.go);
    const boxes = words.topics.map(([key, name]) => {
      const box = make("input");
      box.type = "checkbox";
      box.value = key;
      return [box, make("label", "optin-topic", box, make("span", "", name))];
    });
    const point = () => {
      const url = new URL(data.url);
      url.searchParams.set("lang", language);
      for (const [box] of boxes) if (box.checked) url.searchParams.append("topic", box.value);
      go.href = url.href;
    };
    const labels = boxes.map(([, label]) => label);
    const topics = make("fieldset", "optin-topics", make("legend", "", words.ask), ...labels);
    topics.addEventListener("change", point);
    addEventListener("pageshow", point); // a browser that comes back may bring the ticks with it
    const whole = make("div", "optin", topics, go, make("p", "optin-note", words.note));
    whole.lang = language;
    place.replaceChildren(whole);
    point();
  };

  const start = () => {
    const places = document.querySelectorAll(`[data-optin="${data.form}"]`);
    if (places.length && document.adoptedStyleSheets) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }
    places.forEach(fill);
  };

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
