// Django admin, a click-to-chat link: what stands in the chat, and wa.me's address, while the form is filled in.
// The rules are those of conversations/chat_address.py.

addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("chat-share");
  const form = document.getElementById("chatlink_form");
  if (!box || !form) return;
  const { numbers, topics } = JSON.parse(document.getElementById("chat-known").textContent);
  const value = (name) => form.elements.namedItem(name)?.value.trim() ?? "";

  /** The greeting of that language, else the other's, else START and the topic. */
  function greeting(language) {
    const own = { de: value("greeting_de"), en: value("greeting_en") };
    const said = own[language] || own.de || own.en;
    const topic = topics[value("topic")];
    return said || (topic ? `START ${topic[language]}` : "");
  }

  function draw() {
    for (const language of ["de", "en"]) {
      const said = greeting(language);
      const words = said && `${said} (Ref. ${box.dataset.reference})`;
      const number = numbers[value("business_number")];
      document.getElementById(`chat-words-${language}`).textContent = words || "–";
      const link = document.getElementById(`chat-link-${language}`);
      if (number && words) link.href = `https://wa.me/${number}?text=${encodeURIComponent(words)}`;
      else link.removeAttribute("href");
    }
  }

  form.addEventListener("input", draw);
  form.addEventListener("change", draw);
  draw();
});
