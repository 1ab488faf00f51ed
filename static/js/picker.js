// The template picker: finds by name, and shows what the customer will read while the values are typed.

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter-templates]")) {
    const wanted = event.target.value.trim().toLowerCase();
    for (const option of event.target.closest(".picker-l").querySelectorAll(".tpl")) {
      option.hidden = !option.textContent.toLowerCase().includes(wanted);
    }
  }
  const form = event.target.closest(".picker-form");
  const gap = form?.querySelector(`[data-gap="${event.target.name}"]`);
  if (gap) gap.textContent = event.target.value || event.target.placeholder || "…";
});

document.addEventListener("click", (event) => {
  const option = event.target.closest(".tpl");
  if (!option) return;
  for (const other of option.parentElement.querySelectorAll(".tpl")) {
    if (other === option) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
});
