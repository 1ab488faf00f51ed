// What Unfold's markup leaves out for keyboards and screen readers: names, roles, and keys for what only a mouse could press.
// Runs in the admin only (UNFOLD["SCRIPTS"]); its words come translated from #page, see unfold/helpers/words.html.

addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("page");
  if (!page) return;

  const ICON = ".material-symbols-outlined";
  const CONTROL = "a[href], button, input, select, textarea";
  // A control that shows nothing but one of these icons is called so.
  const ICON_WORDS = {
    arrow_back: "back",
    close: "close",
    computer: "theme",
    dark_mode: "theme",
    dock_to_right: "menu",
    light_mode: "theme",
    more_horiz: "more",
    more_vert: "more",
    search: "search",
    visibility: "show",
    visibility_off: "show",
  };
  const word = (key) => page.dataset[`word${key[0].toUpperCase()}${key.slice(1)}`];

  /** What an element says without its icons, whose text is the name of a glyph. */
  function wording(element) {
    const copy = element.cloneNode(true);
    for (const icon of copy.querySelectorAll(ICON)) icon.remove();
    return copy.matches(ICON) ? "" : copy.textContent.trim();
  }

  function nameByIcon(element) {
    if (element.ariaLabel || element.title || wording(element)) return true;
    const icon = element.matches(ICON) ? element : element.querySelector(ICON);
    const key = icon && ICON_WORDS[icon.textContent.trim()];
    if (key) element.ariaLabel = word(key);
    return Boolean(key);
  }

  /** Alpine's clickable spans and divs become buttons, unless they only hold controls. */
  function makeButtons() {
    for (const element of document.querySelectorAll(":is(a:not([href]), span, div, h2)[x-on\\:click]")) {
      if (element.role || element.querySelector(`${CONTROL}, [role=button]`) || !nameByIcon(element)) continue;
      const button = element.matches("h2") ? insideOf(element) : element;
      button.role = "button";
      button.tabIndex = 0;
    }
  }

  /** What a heading holds, put together: a heading that were a button would be none any more. */
  function insideOf(heading) {
    const inside = document.createElement("span");
    inside.className = "flex flex-row grow items-center";
    inside.append(...heading.childNodes);
    heading.append(inside);
    return inside;
  }

  function hideIcons() {
    for (const icon of document.querySelectorAll(`${ICON}:not([aria-hidden], [role])`)) {
      const control = icon.closest("a, button, [role=button]");
      if (!control || nameByIcon(control)) icon.ariaHidden = "true";
    }
  }

  /** Select2 knows nothing of the label of the select it replaces. */
  function nameSelects() {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const label = select.labels[0]?.textContent.replace("*", "").trim() ?? select.ariaLabel;
      const box = select.nextElementSibling;
      if (!label || !box?.matches(".select2-container")) continue;
      for (const part of box.querySelectorAll(".select2-selection, [role=textbox], [role=searchbox]")) {
        part.removeAttribute("aria-labelledby");
        part.ariaLabel = label;
      }
      // Its list of what is chosen holds more than items.
      box.querySelector("ul.select2-selection__rendered")?.setAttribute("role", "presentation");
      for (const part of box.querySelectorAll("[role=combobox]")) {
        const list = part.getAttribute("aria-owns");
        if (list) part.setAttribute("aria-controls", list);
        else part.removeAttribute("aria-controls");
      }
    }
    for (const part of document.querySelectorAll(".select2-dropdown :is([role=searchbox], [role=listbox])")) {
      part.ariaLabel = word(part.role === "listbox" ? "options" : "search");
    }
    for (const opened of document.querySelectorAll("body > .select2-container:not([role])")) {
      opened.role = "region";
      opened.ariaLabel = word("options");
    }
  }

  /** On a phone a cell is called by its column, which German does not write in capitals throughout. */
  function beginLarge() {
    // Unfold calls the first cell "Select record" even where there is nothing to tick.
    const head = document.querySelector("#result_list thead th");
    for (const cell of document.querySelectorAll("#result_list tbody tr > :first-child[data-label]")) {
      if (head && !cell.querySelector("input")) cell.dataset.label = wording(head.querySelector("a") ?? head);
    }
    for (const cell of document.querySelectorAll("[data-label]")) {
      const label = cell.dataset.label;
      if (label && label[0] !== label[0].toUpperCase()) cell.dataset.label = label[0].toUpperCase() + label.slice(1);
    }
  }

  /** A field in a table of rows is called by its column; the column of the bins has no name at all. */
  function nameCells() {
    for (const table of document.querySelectorAll(".tabular table")) {
      const heads = [...table.querySelectorAll("thead th")];
      for (const head of heads) if (!wording(head)) head.append(unseen(word("delete")));
      for (const field of table.querySelectorAll("td :is(input, select, textarea):not([type=hidden], [aria-label])")) {
        const head = heads[field.closest("td").cellIndex];
        if (head && !field.labels?.length) field.ariaLabel = wording(head).replace("*", "").trim();
      }
    }
  }

  function unseen(words) {
    const element = document.createElement("span");
    element.className = "unseen";
    element.textContent = words;
    return element;
  }

  function nameRegions() {
    for (const nav of document.querySelectorAll("nav:not([aria-label])")) {
      const isAccount = nav.querySelector("#logout-form");
      const isTheme = nav.querySelector("[x-on\\:click^=switchTheme]");
      const isTabs = nav.id === "tabs-items";
      nav.ariaLabel = word(isAccount ? "account" : isTheme ? "theme" : isTabs ? "sections" : "more");
    }
    // Simplebar calls every scrolling part the same.
    document.querySelectorAll(".simplebar-content-wrapper[role=region]").forEach((part, index) => {
      part.ariaLabel = `${word("sections")} ${index + 1}`;
    });
    // Below the page's h1 there is no h2 in a list.
    for (const heading of document.querySelectorAll("#changelist-filter h3")) heading.ariaLevel = "2";
    for (const [selector, key] of [["[x-data^=searchCommand]", "search"], ["[x-show=openModal]:has(#modal-content)", "options"]]) {
      for (const dialog of document.querySelectorAll(`${selector}:not([role])`)) {
        dialog.role = "dialog";
        dialog.ariaModal = "true";
        dialog.ariaLabel = word(key);
      }
    }
  }

  function mend() {
    makeButtons();
    hideIcons();
    nameSelects();
    nameRegions();
    nameCells();
    beginLarge();
  }

  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    if (event.target.role !== "button" || event.target.matches(CONTROL)) return;
    event.preventDefault();
    event.target.click();
  });

  let planned = 0;
  const observer = new MutationObserver(() => {
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      mend();
    });
  });
  // Select2 tells by aria-owns which list is open.
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-owns"] });
  mend();
});
