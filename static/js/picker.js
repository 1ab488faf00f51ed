// The template picker: finds by name and words, and shows what the customer will read while the values are typed.

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter-templates]")) {
    const wanted = event.target.value.trim().toLowerCase();
    const list = event.target.closest(".picker-l");
    const options = [...list.querySelectorAll(".tpl")];
    for (const option of options) {
      option.hidden = !wanted.split(/\s+/).every((word) => option.dataset.words.toLowerCase().includes(word));
    }
    list.querySelector("[data-none-found]").hidden = !options.length || options.some((option) => !option.hidden);
  }
  const form = event.target.closest(".picker-form");
  // A value may stand more than once.
  for (const gap of form?.querySelectorAll(`[data-gap="${event.target.name}"]`) ?? []) {
    gap.textContent = event.target.value || event.target.placeholder || "…";
  }
});

document.addEventListener("click", (event) => {
  const option = event.target.closest(".tpl");
  if (!option) return;
  for (const other of option.parentElement.querySelectorAll(".tpl")) {
    if (other === option) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
});
