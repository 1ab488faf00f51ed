"""What an eye finds wrong with a page and axe does not: cut words, controls that lie on each other
or leave the window, and a focus that nobody sees. Each answers with what is wrong, in words."""

from __future__ import annotations

from playwright.sync_api import Page

# Said of an element so that it can be found again.
_NAME = """const name = (one) => `${one.tagName.toLowerCase()}`
    + `${one.id ? "#" + one.id : ""}.${(one.getAttribute("class") || "").replaceAll(" ", ".")}`
    + ` "${(one.getAttribute("aria-label") || one.textContent).trim().slice(0, 30)}"`;
  const shown = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !one.closest(".sr-only, [inert], [aria-hidden=true], .visually-hidden");
"""
_CUT = (
    """() => {
  """
    + _NAME
    + """
  const words = "button, .btn, summary, h1, h2, h3, h4, label, th, legend, [role=tab], .chip, "
    + ".badge, .pop-i, .menu-i, .block-h, .tabbar a, .nav a, dt";
  return [...document.querySelectorAll(words)].filter((one) => {
    if (!shown(one) || !one.textContent.trim()) return false;
    const style = getComputedStyle(one);
    if (style.display === "inline" || style.textOverflow === "ellipsis") return false;
    if (["auto", "scroll"].includes(style.overflowX)) return false;
    return one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1
      && ![...one.querySelectorAll(".sr-only")].some((hidden) => hidden.offsetWidth > 0
        && one.scrollWidth <= hidden.offsetLeft + hidden.offsetWidth + 1);
  }).map((one) => `cut ${name(one)} ${one.scrollWidth}>${one.clientWidth}`);
}"""
)
_CROWDED = (
    """() => {
  """
    + _NAME
    + """
  const scrolls = (one) => {
    for (let up = one.parentElement; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      const mayScroll = ["auto", "scroll"].includes(style.overflowX);
      if (mayScroll && up.scrollWidth > up.clientWidth) return true;
    }
    return false;
  };
  // What is put over the page on purpose: a bar that stays, a menu, a box over a row.
  const floats = (one) => {
    for (let up = one; up; up = up.parentElement) {
      if (["absolute", "fixed", "sticky"].includes(getComputedStyle(up).position)) return up;
    }
    return null;
  };
  const inside = (box) => box.bottom > 0 && box.top < innerHeight
    && box.right > 0 && box.left < innerWidth;
  const hit = (one, box) => {
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    const top = document.elementFromPoint(x, y);
    return top && (one.contains(top) || top.contains(one) || top.closest("label")?.contains(one));
  };
  const kinds = "button, a[href], input, select, textarea, summary";
  const controls = [...document.querySelectorAll(kinds)]
    .filter(shown)
    .filter((one) => one.type !== "hidden" && getComputedStyle(one).pointerEvents !== "none")
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.width > 2 && box.height > 2);
  const found = controls
    .filter(([one, box]) => box.right > innerWidth + 1 && box.left < innerWidth * 2 && !scrolls(one)
      && getComputedStyle(one).position !== "fixed")
    .map(([one, box]) => `outside ${name(one)} ${Math.round(box.right)}>${innerWidth}`);
  // The part of a control that its scrolling boxes leave to be seen.
  const part = (one, box) => {
    let { left, top, right, bottom } = box;
    for (let up = one.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflowY === "visible") continue;
      const edge = up.getBoundingClientRect();
      [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
      [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    return { left, top, right, bottom };
  };
  const seen = controls.filter(([one, box]) => inside(box) && hit(one, box))
    .map(([one, box]) => [one, part(one, box)]);
  seen.forEach(([one, a], index) => {
    for (const [other, b] of seen.slice(index + 1)) {
      if (one.contains(other) || other.contains(one) || floats(one) !== floats(other)) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 3 && getComputedStyle(one).display !== "inline"
          && getComputedStyle(other).display !== "inline") {
        found.push(`on each other ${name(one)} and ${name(other)}`);
      }
    }
  });
  return found;
}"""
)
_UNFOCUSED = (
    """() => {
  """
    + _NAME
    + """
  const look = (one) => {
    const said = [];
    for (let up = one, far = 0; up && far < 4; up = up.parentElement, far += 1) {
      const style = getComputedStyle(up);
      const ring = style.outlineStyle === "none" ? "" : style.outlineWidth + style.outlineColor;
      said.push(ring, style.boxShadow, style.borderColor, style.backgroundColor);
    }
    const label = one.labels?.[0];
    if (label) said.push(getComputedStyle(label).outline, getComputedStyle(label).boxShadow);
    for (const side of ["::before", "::after"]) said.push(getComputedStyle(one, side).boxShadow);
    return said.join("|");
  };
  const seen = new Set();
  return [...document.querySelectorAll(
      "a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((one) => shown(one) && !one.disabled && one.type !== "hidden")
    .filter((one) => {
      const kind = `${one.tagName} ${one.getAttribute("class")} ${one.parentElement.className}`;
      if (seen.has(kind)) return false;
      seen.add(kind);
      document.activeElement?.blur();
      const before = look(one);
      one.focus({ focusVisible: true, preventScroll: true });
      return document.activeElement === one && look(one) === before;
    })
    .map((one) => `no focus to be seen: ${name(one)}`);
}"""
)


def cut(page: Page) -> list[str]:
    """Words that do not fit into their button, heading or badge."""
    return _found(page, _CUT)


def crowded(page: Page) -> list[str]:
    """A page wider than its window, controls outside of it, and controls on each other."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    too_wide = [f"{page.url} is {wide}px wider than its window"] if wide > 0 else []
    return too_wide + _found(page, _CROWDED)


def unfocused(page: Page) -> list[str]:
    """What the keyboard reaches without anybody seeing it; one of each kind is looked at."""
    page.emulate_media(reduced_motion="reduce")  # no transition hides what changes
    return _found(page, _UNFOCUSED)


def _found(page: Page, script: str) -> list[str]:
    page.evaluate("document.fonts.ready.then(() => true)")
    return [f"{page.url} {one}" for one in page.evaluate(script)]


def moving(page: Page) -> list[str]:
    """What moves although the page was asked to keep still."""
    script = """() => document.getAnimations()
      .filter((one) => one.effect.getComputedTiming().endTime > 1)
      .map((one) => `moves: ${one.effect.target?.className}`)"""
    return _found(page, script)
