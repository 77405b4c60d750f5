// Answers kept ready in the composer: a slash at the start finds one by its word or title, the suggested three go in by
// their links. Nothing is sent by itself.
(() => {
  const field = document.querySelector("[data-ready]");
  if (!field) return;
  document.querySelector(".ready-all")?.setAttribute("hidden", "");
  const panel = document.querySelector(".ready-find");
  const options = [...(panel?.querySelectorAll("[role=option]") ?? [])];
  let at = 0;

  const put = (words) => {
    field.value = words;
    close();
    field.focus();
    const open = words.search(/\{[a-z]+\}/);
    if (open >= 0) field.setSelectionRange(open, words.indexOf("}", open) + 1);
  };
  const shown = () => options.filter((option) => !option.hidden);
  const mark = () => shown().forEach((option, place) => {
    option.setAttribute("aria-selected", String(place === at));
    if (place === at) { field.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
  });
  const close = () => { panel.hidden = true; field.removeAttribute("aria-activedescendant"); };
  const look = () => {
    if (!options.length || !field.value.startsWith("/") || field.value.includes("\n")) return close();
    const wanted = field.value.slice(1).trim().toLowerCase();
    for (const option of options) option.hidden = !option.dataset.find.toLowerCase().includes(wanted);
    at = 0;
    panel.hidden = !shown().length;
    mark();
  };

  // Half a sentence outlives a tool that was used meanwhile; it goes when it is sent.
  const draft = `draft:${location.pathname.split("/tools/")[0]}`;
  field.value ||= sessionStorage.getItem(draft) ?? "";
  field.addEventListener("input", () => sessionStorage.setItem(draft, field.value));
  field.form.addEventListener("submit", () => sessionStorage.removeItem(draft));

  field.addEventListener("input", look);
  field.addEventListener("keydown", (event) => {
    if (panel.hidden) return;
    const most = shown().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = (at + (event.key === "ArrowDown" ? 1 : most - 1)) % most;
      mark();
    } else if (event.key === "Enter" || event.key === "Tab") put(shown()[at].dataset.answer);
    else if (event.key === "Escape") { event.stopPropagation(); close(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-answer]");
    if (!chosen) return;
    event.preventDefault();
    put(chosen.dataset.answer);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select") || document.documentElement.dataset.keys === "off") return;
    event.preventDefault();
    field.value = "/";
    field.focus();
    look();
  });

  // The newest words are in sight from the start, and stay there for a reader who stands at the end.
  const pane = document.querySelector(".pane-main");
  const isAtEnd = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 160;
  const toEnd = () => { pane.scrollTop = pane.scrollHeight; };
  let stays = true;
  toEnd();
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => { if (ctx.sourceElement?.id === "agent-thread") stays = isAtEnd(); });

  // A tool that opened takes the caret; on a phone its pane comes to the front.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.sourceElement?.id === "agent-thread" && stays) toEnd();
    if (ctx.target?.id !== "tool" && ctx.sourceElement?.id !== "tool" && !ctx.sourceElement?.closest?.("[data-key]")) return;
    document.getElementById("main").dataset.pane = "main";
    document.querySelector("#tool [autofocus]")?.focus();
  });
})();
