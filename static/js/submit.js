// One press, one post: the button rests while its form is on the way, and wakes when the reader comes back.
(() => {
  const resting = new Set();
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || !button || event.target.method === "get") return;
    setTimeout(() => {
      if (event.defaultPrevented) return;
      button.disabled = true;
      resting.add(button);
      setTimeout(wake, 12000);
    });
  });
  const wake = () => { resting.forEach((button) => { button.disabled = false; }); resting.clear(); };
  addEventListener("pageshow", wake);
})();
