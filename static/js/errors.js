// A refused form: the summary takes focus once, and its links put the caret into the field.
(() => {
  let seen = null;
  const focus = () => {
    const summary = document.getElementById("error-summary");
    if (summary && summary.textContent !== seen) summary.focus();
    seen = summary ? summary.textContent : null;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".error-summary a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:after:swap", focus);
  focus();
})();
