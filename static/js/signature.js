// Signing in a field, with finger, pen or mouse. What is sent are the strokes, as whole numbers in the canvas's own size.
(() => {
  const MOST_POINTS = 3900;
  document.querySelectorAll("[data-signature]").forEach((form) => {
    const canvas = form.querySelector("canvas");
    const pen = canvas?.getContext("2d");
    if (!pen) return;
    const { way, strokes: sent } = form.elements;
    const parts = form.querySelectorAll("[data-signature-field]");
    const note = form.querySelector("[data-signature-note]");
    let strokes = [];
    let stroke = null;
    const count = () => strokes.reduce((sum, one) => sum + one.length, 0);
    const keep = () => { sent.value = strokes.length ? JSON.stringify(strokes) : ""; };
    const point = ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      const within = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
      return [within((clientX - box.left) / box.width * canvas.width, canvas.width), within((clientY - box.top) / box.height * canvas.height, canvas.height)];
    };
    const line = (from, to) => { pen.beginPath(); pen.moveTo(...from); pen.lineTo(...to); pen.stroke(); };
    const draw = (drawn) => {
      way.value = drawn ? "drawn" : "typed";
      parts.forEach((part) => { part.hidden = !drawn; });
      note.hidden = drawn;
    };
    Object.assign(pen, { lineWidth: 3.5, lineCap: "round", lineJoin: "round", strokeStyle: "#12191c" });
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || count() > MOST_POINTS) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      stroke = [point(event)];
      strokes.push(stroke);
      line(stroke[0], [stroke[0][0] + 1, stroke[0][1]]);
      keep();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!stroke || !canvas.hasPointerCapture(event.pointerId)) return;
      for (const move of event.getCoalescedEvents?.() ?? [event]) {
        const last = stroke.at(-1);
        const next = point(move);
        if (Math.hypot(next[0] - last[0], next[1] - last[1]) < 3 || count() > MOST_POINTS) continue;
        stroke.push(next);
        line(last, next);
      }
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { stroke = null; keep(); });
    form.querySelector("[data-signature-clear]").addEventListener("click", () => {
      strokes = [];
      pen.clearRect(0, 0, canvas.width, canvas.height);
      keep();
    });
    form.querySelector("[data-signature-typed]").addEventListener("click", () => { draw(false); form.elements.name.focus(); });
    draw(true);
  });
})();
