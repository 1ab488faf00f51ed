// An event says which conversation came before, to every agent alike. Who may not see that one is not sent to a
// page that says so: the link becomes words.

const answers = new Map();

function mayOpen(href) {
  if (!answers.has(href)) {
    answers.set(href, fetch(`${href}head/`, { method: "HEAD" }).then(
      (answer) => answer.status !== 404 && answer.status !== 403,
      () => true, // no network: it may well be open to them
    ));
  }
  return answers.get(href);
}

/** Take the links out of `box` that lead this agent nowhere. */
export async function unlinkPast(box) {
  for (const link of box.querySelectorAll("a.past-link")) {
    if (await mayOpen(link.getAttribute("href"))) continue;
    const words = document.createElement("span");
    words.append(...link.childNodes);
    link.replaceWith(words);
  }
}
