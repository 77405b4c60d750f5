// Says what failed or that the network is gone, beside a page that stays as it was.
(() => {
  const notice = document.getElementById("notice");
  if (!notice) return;
  let offline = false;
  const say = (words) => { notice.textContent = words || ""; };
  const network = () => {
    offline = !navigator.onLine;
    say(offline ? notice.dataset.offline : "");
  };
  addEventListener("online", network);
  addEventListener("offline", network);
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500) say(notice.dataset.failed);
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.request) say(navigator.onLine ? notice.dataset.failed : notice.dataset.offline);
  });
  document.addEventListener("htmx:after:swap", ({ detail }) => { if (!offline && detail.ctx.response?.status < 500) say(""); });
  if (!navigator.onLine) network();
})();
