// Help beside the page. Only the reader opens it; it is never modal. What is typed and whether it stands open outlast
// a change of page. While it is closed, a page looks for news only when there is a conversation.
(() => {
  const root = document.documentElement;
  const place = () => document.getElementById("help-sheet");
  document.addEventListener("htmx:before:request", (event) => {
    if (document.hidden && event.detail.ctx.sourceElement.id === "thread") event.preventDefault();
  });
  if (!place()) return;

  const DRAFT = "help-draft", THREAD = "help-thread", NEWS_MS = 8000, PATIENCE_MS = 4000;
  const url = place().dataset.url;
  const links = () => [...document.querySelectorAll("a[data-help]")];
  const isOpen = () => root.dataset.help === "open";
  const isLoaded = () => !place().hidden;
  const composer = () => place().querySelector("#help-message");
  let opener = null;

  const remember = (open) => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `forecourt-help=${open ? "open" : ""}; path=/; samesite=lax${secure}${open ? "" : "; max-age=0"}`;
    open ? (root.dataset.help = "open") : delete root.dataset.help;
  };

  // Fingers get the sheet, not the field: a keyboard that comes up by itself would cover what there is to read.
  const enter = () => (matchMedia("(pointer: coarse)").matches ? place() : composer() ?? place()).focus();

  const load = () => htmx.ajax("GET", `${url}?page=${encodeURIComponent(location.pathname + location.search)}`, {
    source: place(), target: "#help-sheet", swap: "outerHTML",
  });

  const open = async (link) => {
    opener = link;
    if (isLoaded()) return enter();
    remember(true);
    const late = setTimeout(() => location.assign(link.href), PATIENCE_MS);
    await load().catch(() => {});
    clearTimeout(late);
    if (!isLoaded()) { remember(false); return navigator.onLine && location.assign(link.href); }
    enter();
  };

  const close = () => {
    const had = place().contains(document.activeElement);
    const empty = document.createElement("div");
    Object.assign(empty, { id: "help-sheet", hidden: true });
    empty.dataset.url = url;
    place().replaceWith(empty);
    remember(false);
    const back = opener?.checkVisibility?.() ? opener : links().find((link) => link.checkVisibility());
    if (had) back?.focus();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help-close]")) return close();
    const link = event.target.closest("a[data-help]");
    if (!link || !window.htmx || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isLoaded() && !event.defaultPrevented && !event.isComposing) close();
  });

  // What is typed stays, whatever happens to the page or the network.
  document.addEventListener("input", ({ target }) => {
    if (target.id === "help-message") sessionStorage.setItem(DRAFT, target.value);
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.id === "help-composer" && ctx.response.status < 300) sessionStorage.removeItem(DRAFT);
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    const form = ctx?.sourceElement;
    if (form?.id !== "help-composer") return;
    form.dataset.unsent = "";
    document.getElementById("help-trouble").textContent = form.dataset.waiting;
  });
  addEventListener("online", () => place().querySelector("form[data-unsent]")?.requestSubmit());

  const toEnd = () => {
    const body = place().querySelector(".sheet-body");
    const last = place().querySelector(".thread")?.lastElementChild;
    if (body && last) body.scrollTop = body.scrollHeight;
  };
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.target?.id === "thread" || ctx.sourceElement?.id === "thread") return toEnd();
    const field = composer();
    if (!field || (ctx.target?.id !== "help-sheet" && ctx.sourceElement?.id !== "help-sheet")) return;
    field.value ||= sessionStorage.getItem(DRAFT) ?? "";
    place().dataset.thread && localStorage.setItem(THREAD, place().dataset.thread);
    if (ctx.request.method === "POST") field.focus(); else if (opener) place().dataset.arrives = "";
    toEnd();
    news("");
    measure();
  });

  // The sheet stands on the bar with the price and the next step, and the page can be scrolled clear of both.
  const measure = () => {
    root.style.setProperty("--bar", `${document.querySelector(".bottom-bar")?.offsetHeight ?? 0}px`);
    root.style.setProperty("--help", `${isLoaded() ? place().offsetHeight : 0}px`);
  };
  addEventListener("resize", measure);
  const bar = document.querySelector(".bottom-bar");
  if (bar) new ResizeObserver(measure).observe(bar);

  // Down with the finger closes it; the button and Escape do the same.
  let from = null;
  document.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" && event.target.closest(".help-sheet .sheet-head, .sheet-grip") && !event.target.closest("a, button")) from = event.clientY;
  });
  document.addEventListener("pointermove", (event) => { if (from !== null) place().style.translate = `0 ${Math.max(0, event.clientY - from)}px`; });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, (event) => {
    if (from === null) return;
    const far = event.clientY - from > 80;
    from = null;
    place().style.translate = "";
    if (far) close();
  });

  // An answer that came while the sheet was closed is told on every Ask control, in words.
  const news = (words) => {
    document.querySelectorAll("[data-help-words]").forEach((element) => {
      element.dataset.helpWords ||= element.textContent;
      element.textContent = words || element.dataset.helpWords;
      element.classList.toggle("ask-new", Boolean(words));
    });
    const told = document.getElementById("help-news");
    if (told && told.textContent !== words) told.textContent = words;
  };
  const look = async () => {
    const thread = localStorage.getItem(THREAD);
    if (!thread || isLoaded() || document.hidden || !navigator.onLine) return;
    const answer = await fetch(url.replace(/sheet$/, `${thread}/news`)).catch(() => null);
    if (answer?.status === 404) localStorage.removeItem(THREAD);
    if (answer?.status === 200 && !isLoaded()) news(await answer.text());
    if (answer?.status === 204) news("");
  };
  setInterval(look, NEWS_MS);
  look();

  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    const left = /(?:^|; )forecourt-help=open/.test(document.cookie);
    if (left && !isLoaded()) { root.dataset.help = "open"; load(); }
    if (!left && isLoaded()) close();
  });
  if (isOpen()) load().catch(() => {});
  measure();
})();
