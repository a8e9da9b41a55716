// Fingers on the picture and on buttons: what they do is drawn and sent by phone.js.
"use strict";
const NEAR = 40;   // from how near a finger takes hold of a point, in pixels of the screen
const CLICK = 8;   // how far it may slip and still only touch
const me = Math.random().toString(36).slice(2);
let nDrags = 0;
let stepPx = 1;    // of an arrow

function placeOf(event) {
  const box = $("drawing").getBoundingClientRect(), unit = perScreenPx();
  return [((event.clientX - box.left) * unit) / state.size[0] - MARGIN, ((event.clientY - box.top) * unit) / state.size[1] - MARGIN];
}

const farPx = (one, other) => Math.hypot((one[0] - other[0]) * state.size[0], (one[1] - other[1]) * state.size[1]) / perScreenPx();

function isWithin([x, y], line) {
  return line.reduce((is, [x0, y0], n) => {
    const [x1, y1] = line[(n + 1) % line.length];
    return (y0 > y) !== (y1 > y) && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) ? !is : is;
  }, false);
}

$("drawing").addEventListener("pointerdown", (event) => {
  if (!state || drag || event.button) return;
  const from = placeOf(event), now = points();
  const nearest = now.map((place) => farPx(place, from)).reduce((best, far, n, all) => (far < all[best] ? n : best), 0);
  const near = now.length && farPx(now[nearest], from) <= NEAR ? nearest : -1;
  const all = state.point === null && now.length > 0;  // then it does not matter where the finger is
  const index = all ? 0 : near;
  drag = { id: event.pointerId, surface: state.chosen, mode: state.mode, index, near, all, from, moved: false, gesture: `${me} ${++nDrags}` };
  if (index >= 0) drag.at = drag.to = now[index];
  event.currentTarget.setPointerCapture(event.pointerId);
  event.preventDefault();
});

$("drawing").addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.id || drag.index < 0) return;
  const here = placeOf(event);
  if (!drag.moved && farPx(here, drag.from) < (drag.all ? CLICK : 2)) return;
  drag.moved = true;
  drag.to = [drag.at[0] + here[0] - drag.from[0], drag.at[1] + here[1] - drag.from[1]];
  if (!drag.isDrawn) {
    drag.isDrawn = true;
    requestAnimationFrame(() => { if (drag) drag.isDrawn = false; draw(); });
  }
  const [x, y] = px(drag.to);
  $("place").textContent = `${x.toFixed(1)}, ${y.toFixed(1)}`;
  $("place").hidden = false;
  moveTo(drag);
});

function moveTo(held) {
  moving = { command: "move", arguments: { surface: held.surface, mode: held.mode, vertex: held.index, to: held.to, all: held.all, gesture: held.gesture, snaps: true } };
  send();
}

function release(event) {
  if (!drag || event.pointerId !== drag.id) return;
  const held = drag;
  drag = null;
  $("place").hidden = true;
  if (held.moved) {
    kept = { ...held, until: Infinity };
    moveTo(held);
  } else if (held.near >= 0 && !held.all) {
    wish("choose", { surface: held.surface, vertex: held.near });
  } else {
    const under = [...state.outlines].reverse().find((outline) => isWithin(held.from, outline.line));
    if (under) wish("choose", { surface: under.name, vertex: under.name === state.chosen && !held.all ? null : 0 });
  }
  draw();
}
for (const name of ["pointerup", "pointercancel"]) $("drawing").addEventListener(name, release);

// --- buttons: what is let go of is pressed, however long it was held; a click would only count when it is short
let armed = null, pressedAt = -Infinity;
const onPress = (button, act) => { button.act = act; };
const press = (button) => { if (button.act && !button.disabled) button.act(); };

addEventListener("pointerdown", (event) => { armed = event.target.closest("button"); });
addEventListener("pointercancel", () => { armed = null; });
addEventListener("pointerup", (event) => {
  const under = document.elementFromPoint(event.clientX, event.clientY);
  if (armed && under && under.closest("button") === armed) {
    pressedAt = performance.now();
    press(armed);
  }
  armed = null;
});
addEventListener("click", (event) => {  // of a keyboard, or of what reads the page aloud
  const button = event.target.closest("button");
  if (button && performance.now() > pressedAt + 700) press(button);
});
addEventListener("contextmenu", (event) => event.preventDefault());

for (const button of document.querySelectorAll("[data-do]")) {
  onPress(button, () => wish(button.dataset.do, JSON.parse(button.dataset.with || "{}")));
}
for (const button of document.querySelectorAll("[data-nudge]")) {
  const [x, y] = button.dataset.nudge.split(" ").map(Number);
  const nudge = () => wish("nudge", { x: x * stepPx, y: y * stepPx });
  let timer = 0;
  const stop = () => { clearTimeout(timer); clearInterval(timer); };
  button.addEventListener("pointerdown", () => { nudge(); stop(); timer = setTimeout(() => { timer = setInterval(nudge, 70); }, 380); });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, stop);
  button.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") nudge(); });
}
onPress($("step"), () => {
  stepPx = stepPx === 1 ? 10 : 1;
  $("step").textContent = `${stepPx} px`;
});
onPress($("rename"), () => {
  const name = state && prompt("What is it called?", state.chosen);
  if (name) wish("rename", { to: name });
});
$("sources").addEventListener("change", (event) => wish("show", { layer: event.target.value }));
$("outputs").addEventListener("change", (event) => wish("output", { to: event.target.value }));
$("grid").addEventListener("change", (event) => wish("bend", { kind: event.target.value }));

// --- the picture behind
async function refresh() {
  if (!document.hidden) {
    try {
      const answer = await ask(`picture?output=${encodeURIComponent(state ? state.output : "")}`);
      reached(answer);
      if (answer.ok && answer.headers.get("Content-Type") === "image/jpeg") {
        const url = URL.createObjectURL(await answer.blob()), ready = new Image();
        ready.src = url;
        await ready.decode();
        const old = $("picture").getAttribute("href");
        $("picture").setAttribute("href", url);
        if (old) URL.revokeObjectURL(old);
      }
    } catch {
      isLost = true;
      tell(LOST, true);
    }
  }
  setTimeout(refresh, 400);
}

addEventListener("resize", draw);
listen();
refresh();
