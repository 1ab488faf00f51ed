// Copies what the pages use from node_modules into static/, so that nobody needs Node to run the product.
// Run by `make vendor` after `npm ci --ignore-scripts`; its results are committed. Then run tools/join_css.py.

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import postcss from "postcss";
import selectorParser from "postcss-selector-parser";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const vendor = join(root, "static", "vendor");

// The parts of Tabler we build on (see "from Tabler" in docs/front-end.md). A rule stays when every class in its
// selector matches; element rules and custom properties always stay. Tabler whole is 79 KB compressed, this is a sixth.
const TABLER_CLASSES = [
  /^btn$/,
  /^btn-(primary|close|check|group|icon|link|sm|lg|list)$/,
  /^form-(label|control|select|check|switch|text|hint|range)(-[a-z-]+)?$/,
  /^(form-fieldset|form-colorinput)$/,
  /^(in)?valid-(feedback|tooltip)$/,
  /^is-(in)?valid$/,
  /^was-validated$/,
  /^input-group(-[a-z]+)?$/,
  /^card(-(body|header|title|subtitle|footer|table|text|sm|actions))?$/,
  /^table(-(responsive|hover|sm|vcenter|active))?$/,
  /^(small|strong|mark|initialism|show|active|disabled|collapsed|visually-hidden|visually-hidden-focusable)$/,
];

const TABLER_NOTICE = `/* Tabler 1.6.1, cut down by tools/vendor.mjs.
   Copyright 2018-2026 The Tabler Authors, codecalm.net Paweł Kuna. Licensed under MIT. */`;

/** A rule's selectors that only need what we keep. */
function keptSelectors(rule) {
  const kept = [];
  selectorParser((selectors) => {
    selectors.each((selector) => {
      let keep = true;
      selector.walk((node) => {
        if (node.type === "class" && !TABLER_CLASSES.some((name) => name.test(node.value))) keep = false;
        if (node.type === "attribute" && /^(class|data-bs-theme-)/.test(node.attribute)) keep = false;
        if (node.type === "tag" && node.value.includes("-")) keep = false; // custom elements of other libraries
      });
      if (keep) kept.push(String(selector).trim());
    });
  }).processSync(rule.selector);
  return kept;
}

/** Tabler's style sheet cut down to TABLER_CLASSES and put into the cascade layer `tabler`. */
function tablerSubset() {
  const css = postcss.parse(readFileSync(join(modules, "@tabler/core/dist/css/tabler.min.css"), "utf8"));
  css.walkComments((comment) => comment.remove());
  css.walkAtRules("charset", (rule) => rule.remove());
  css.walkRules((rule) => {
    if (rule.parent.type === "atrule" && rule.parent.name.endsWith("keyframes")) return;
    const kept = keptSelectors(rule);
    if (kept.length === 0) rule.remove();
    else rule.selector = kept.join(",");
  });
  dropUnusedProperties(css);
  dropUnusedKeyframes(css);
  css.walkAtRules(/^(media|supports)$/, (rule) => {
    if (rule.nodes?.length === 0) rule.remove();
  });
  return `${TABLER_NOTICE}\n@layer tabler{${css.toString()}}\n`;
}

/** Drop custom properties nothing refers to, again and again until none is left. */
function dropUnusedProperties(css) {
  for (let dropped = -1; dropped !== 0; ) {
    const used = new Set(css.toString().match(/var\(\s*--[\w-]+/g)?.map((use) => use.replace(/var\(\s*/, "")));
    dropped = 0;
    css.walkDecls(/^--/, (declaration) => {
      if (used.has(declaration.prop)) return;
      const rule = declaration.parent;
      declaration.remove();
      if (rule.nodes.length === 0) rule.remove();
      dropped += 1;
    });
  }
}

function dropUnusedKeyframes(css) {
  const animated = [];
  css.walkDecls(/animation/, (declaration) => animated.push(declaration.value));
  css.walkAtRules(/keyframes$/, (rule) => {
    if (!animated.some((value) => value.includes(rule.params))) rule.remove();
  });
}

/** Inter, upright, variable weight: Latin always, extended Latin only when a page has such a letter. */
function interCss() {
  const whole = readFileSync(join(modules, "@fontsource-variable/inter/index.css"), "utf8");
  const faces = whole.split("@font-face").slice(1).map((face) => `@font-face${face.slice(0, face.indexOf("}") + 1)}`);
  const wanted = faces.filter((face) => /inter-latin(-ext)?-wght-normal/.test(face));
  return `/* Inter (OFL). */\n${wanted.join("\n").replaceAll("./files/", "")}\n`;
}

/** One sprite of the icons named in tools/icons.txt; a page uses it by <use href="…/icons.svg#name">. */
function iconSprite() {
  const names = readFileSync(join(root, "tools/icons.txt"), "utf8").split("\n").map((line) => line.trim());
  const symbols = names.filter((name) => name && !name.startsWith("#")).sort().map((name) => {
    const [folder, file] = name.endsWith("-filled") ? ["filled", name.slice(0, -"-filled".length)] : ["outline", name];
    const path = join(modules, "@tabler/icons/icons", folder, `${file}.svg`);
    if (!existsSync(path)) throw new Error(`tools/icons.txt names "${name}", which @tabler/icons does not have`);
    const shapes = readFileSync(path, "utf8").match(/<path[^>]*\/>/g).filter((shape) => !shape.includes("M0 0h24v24H0z"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.join("")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

// Emoji in the order of a keyboard, without parts and skin tones: the groups of Unicode, 2 is "component".
const EMOJI_GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9];

/** What the emoji picker loads: per group [emoji, name, other words], in one language. */
function emojiJson(language) {
  const all = JSON.parse(readFileSync(join(modules, `emojibase-data/${language}/compact.json`), "utf8"));
  all.sort((one, other) => one.order - other.order);
  const groups = EMOJI_GROUPS.map((group) => all
    .filter((emoji) => emoji.group === group)
    .map((emoji) => [emoji.unicode, emoji.label, (emoji.tags ?? []).join(" ")]));
  return `${JSON.stringify(groups)}\n`;
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function copy(from, to) {
  mkdirSync(dirname(join(vendor, to)), { recursive: true });
  copyFileSync(join(modules, from), join(vendor, to));
}

rmSync(vendor, { recursive: true, force: true });
write(join(vendor, "tabler", "tabler.css"), tablerSubset());
write(join(vendor, "inter", "inter.css"), interCss());
for (const subset of ["latin", "latin-ext"]) {
  const file = `inter-${subset}-wght-normal.woff2`;
  copy(`@fontsource-variable/inter/files/${file}`, `inter/${file}`);
}
copy("@fontsource-variable/inter/LICENSE", "inter/LICENSE");
const htmx = readFileSync(join(modules, "htmx.org/dist/htmx.min.js"), "utf8");
write(join(vendor, "htmx", "htmx.min.js"), htmx.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n"));
copy("htmx.org/LICENSE", "htmx/LICENSE");
for (const language of ["de", "en"]) write(join(vendor, "emoji", `${language}.json`), emojiJson(language));
copy("emojibase-data/LICENSE", "emoji/LICENSE");
copy("@tabler/icons/LICENSE", "icons-LICENSE");
write(join(root, "static", "icons.svg"), iconSprite());
