// Django admin: [data-copy-from="id"] copies what that element says. Without a clipboard (no TLS) it marks the words.
addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy-from]");
  const source = button && document.getElementById(button.dataset.copyFrom);
  if (!source) return;
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = button.dataset.copied;
  } else {
    getSelection().selectAllChildren(source);
  }
});
