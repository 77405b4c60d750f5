// Copies or shares the address in a field. Without script the field itself can be copied.
(() => {
  const said = document.getElementById("copied");
  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.querySelector(button.dataset.copy);
      try { await navigator.clipboard.writeText(field.value); } catch { field.select(); return; }
      button.firstElementChild.textContent = button.dataset.done;
      if (said) said.textContent = button.dataset.done;
      setTimeout(() => { button.firstElementChild.textContent = words; if (said) said.textContent = ""; }, 4000);
    });
  });
  document.querySelectorAll("[data-share]").forEach((button) => {
    if (!navigator.share) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.share({ title: button.dataset.title, url: document.querySelector(button.dataset.share).value }).catch(() => {});
    });
  });
})();
