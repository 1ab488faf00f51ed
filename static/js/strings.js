// Sentences the scripts need, translated by the server: {% script_strings %} puts them into the page as JSON.
// They use Python's named gaps: t("left", { minutes: 5 }) fills "%(minutes)s min left".

const element = document.getElementById("strings");
const strings = element ? JSON.parse(element.textContent) : {};

/** The sentence `key` with its gaps filled from `values`; the key itself when there is no such sentence. */
export function t(key, values = {}) {
  const sentence = strings[key] ?? key;
  return sentence.replace(/%\((\w+)\)s/g, (gap, name) => String(values[name] ?? gap));
}
