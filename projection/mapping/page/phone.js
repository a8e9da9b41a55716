// Surfaces over a picture of the output. A drag is drawn here at once; what is sent waits for the answer to what was sent before, and
// then the newest counts. What anybody changes comes back to everybody as an event.
"use strict";
const $ = (id) => document.getElementById(id);
const NEAR = 40;      // from how near a finger takes hold of a point, in pixels of the screen
const CLICK = 8;      // how far it may slip and still only touch
const MARGIN = 0.06;  // around the output, in parts of it: corners may lie beyond
const NS = "http://www.w3.org/2000/svg";
const me = Math.random().toString(36).slice(2);

let state = null;
let drag = null;      // what a finger holds: {id, surface, mode, index, near, all, from, at, to, moved, gesture}
let kept = null;      // where it left that, until the program says so too: the same, and the number of the state that will
let stepPx = 1;
let nDrags = 0;

// --- sending: one at a time
const waiting = [];
let moving = null;    // the newest place of what is dragged
let isBusy = false;

function wish(command, args = {}) {
  const last = waiting[waiting.length - 1];
  if (command === "nudge" && last && last.command === "nudge" && Math.sign(last.arguments.x) === Math.sign(args.x) && Math.sign(last.arguments.y) === Math.sign(args.y)) {
    last.arguments = { x: last.arguments.x + args.x, y: last.arguments.y + args.y };
  } else {
    waiting.push({ command, arguments: args });
  }
  send();
}

async function send() {
  if (isBusy) return;
  const next = moving || waiting.shift();
  if (!next) return;
  if (next === moving) moving = null;
  isBusy = true;
  try {
    const answer = await fetch("do", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(next) });
    if (answer.ok) settle((await answer.json()).number);
    else giveUp(answer.status === 403 ? "To change anything, open the link that the program tells." : (await answer.text()).slice(0, 200));
  } catch {
    giveUp("No connection.");
  }
  isBusy = false;
  if (moving) requestAnimationFrame(send); else send();
}

function settle(number) {
  if (kept && !drag && !moving) kept.until = number;
  letGo();
}

function giveUp(why) {  // what was drawn here alone is not so
  waiting.length = 0;
  kept = null;
  tell(why, true);
  draw();
}

function letGo() {
  if (kept && state && state.number >= kept.until) { kept = null; draw(); }
}

// --- hearing
let events = null;

function listen() {
  if (events) events.close();
  events = new EventSource("changes");
  events.onmessage = (event) => {
    state = JSON.parse(event.data);
    document.body.dataset.number = state.number;
    if (kept && state.number >= kept.until) kept = null;
    tell("", false);
    draw();
  };
  events.onerror = () => {
    tell("No connection. Trying again.", true);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

let fault = "";
function tell(line, isFault) {
  if (isFault) fault = line;
  else fault = "";
  const said = fault || (state && state.message) || "";
  $("message").textContent = said;
  $("message").hidden = !said;
}

// --- drawing
const px = ([x, y]) => [x * state.size[0], y * state.size[1]];
const told = (places) => places.map((place) => px(place).join(" ")).join(",");
const perScreenPx = () => ((1 + 2 * MARGIN) * state.size[0]) / ($("drawing").clientWidth || 1);

function points() {
  const held = drag && drag.moved ? drag : kept;
  if (!held || held.surface !== state.chosen || held.mode !== state.mode || held.index >= state.points.length) return state.points;
  const by = [held.to[0] - state.points[held.index][0], held.to[1] - state.points[held.index][1]];
  return state.points.map((place, n) => (n === held.index ? held.to : held.all ? [place[0] + by[0], place[1] + by[1]] : place));
}

function shape(kind, places, classes, color) {
  const drawn = document.createElementNS(NS, kind);
  drawn.setAttribute("points", told(places));
  drawn.setAttribute("class", classes);
  if (color) drawn.setAttribute("stroke", color);
  return drawn;
}

function draw() {
  if (!state) return;
  const [width, height] = state.size, now = points();
  const svg = $("drawing");
  svg.setAttribute("viewBox", [-MARGIN * width, -MARGIN * height, (1 + 2 * MARGIN) * width, (1 + 2 * MARGIN) * height].join(" "));
  for (const id of ["ground", "picture"]) { $(id).setAttribute("width", width); $(id).setAttribute("height", height); }
  const isFlat = state.mode === "corners" && state.grid === "flat";
  $("outlines").replaceChildren(...state.outlines.flatMap((outline) => {
    const isChosen = outline.name === state.chosen;
    const line = isChosen && isFlat ? now : outline.line;
    const classes = (isChosen ? "chosen" : "other") + (outline.isHidden ? " hidden" : "");
    return [shape("polygon", line, "rim " + classes), shape("polygon", line, classes, outline.color)];
  }));
  $("guides").replaceChildren(...state.guides.map((guide) => shape("polyline", guide, "guide", state.color)));
  drawPoints(now);
  drawControls();
}

function drawPoints(now) {
  const unit = perScreenPx();
  const many = now.length > 4;
  const middle = [0, 1].map((axis) => now.reduce((sum, place) => sum + place[axis], 0) / (now.length || 1));
  $("points").replaceChildren(...now.flatMap((place, n) => {
    const isChosen = state.point === null || n === state.point;
    const [x, y] = px(place), parts = [];
    const radius = (isChosen ? (drag && drag.index === n ? 34 : 15) : many ? 6 : 10) * unit;
    for (const [color, wide] of [["#000", isChosen ? 6 : 4], [isChosen ? "#fff" : state.color, isChosen ? 3 : 2]]) {
      const ring = document.createElementNS(NS, "circle");
      for (const [key, value] of Object.entries({ cx: x, cy: y, r: radius, stroke: color, "stroke-width": wide })) ring.setAttribute(key, value);
      parts.push(ring);
    }
    if (!many || n === state.point) {
      const away = px([place[0] - middle[0], place[1] - middle[1]]), far = Math.hypot(...away) || 1;
      const isOut = [0, 1].some((axis) => Math.abs(place[axis] + (away[axis] / far) * 30 * unit / state.size[axis] - 0.5) > 0.5 + MARGIN);
      const by = (isOut ? -28 : 28) * unit / far;
      const label = document.createElementNS(NS, "text");
      const given = { x: x + away[0] * by, y: y + away[1] * by + 5 * unit, "font-size": 14 * unit, "stroke-width": 3 * unit };
      for (const [key, value] of Object.entries(given)) label.setAttribute(key, value);
      label.textContent = n + 1;
      parts.push(label);
    }
    return parts;
  }));
}

function drawControls() {
  document.documentElement.style.setProperty("--chosen", state.color);
  $("title").textContent = state.chosen || "No surface";
  $("facts").textContent = state.facts.slice(1).filter((fact) => !fact.startsWith("shows ")).join(" · ");
  $("save").classList.toggle("wanted", !state.isSaved);
  $("save").textContent = state.isSaved ? "Saved" : "Save";
  for (const [id, isOn] of [["solo", state.isSolo], ["whole", state.point === null && state.points.length > 0], ["card", state.isCard], ["black", state.isBlack]]) {
    $(id).setAttribute("aria-pressed", isOn);
  }
  $("undo").disabled = !state.canUndo;
  $("redo").disabled = !state.canRedo;
  const hidden = (state.surfaces.find((surface) => surface.name === state.chosen) || {}).isHidden;
  $("visible").textContent = hidden ? "Show" : "Hide";
  fill($("surfaces"), state.surfaces.map((surface) => surface.name), (name, n) => {
    const outline = state.outlines.find((other) => other.name === name);
    return { text: name, color: outline ? outline.color : "#555", pressed: name === state.chosen, off: state.surfaces[n].isHidden, act: () => wish("choose", { surface: name }) };
  });
  fill($("modes"), Object.keys(state.modes), (mode) => ({ text: SHORT[mode], pressed: mode === state.mode, act: () => wish("mode", { to: mode }) }));
  for (const row of document.querySelectorAll("[data-mode]")) row.hidden = !row.dataset.mode.split(" ").includes(state.mode);
  options($("sources"), state.sources, state.shows, "shows");
  options($("outputs"), state.outputs, state.output, "on");
  $("outputs").hidden = state.outputs.length < 2;
  $("grid").value = state.grid;
}

const SHORT = { show: "picture", area: "part", corners: "corners", grid: "grid", mask: "mask" };

function fill(parent, names, of) {  // buttons are kept: one that goes away under a finger is not pressed
  while (parent.children.length > names.length) parent.lastChild.remove();
  names.forEach((name, n) => {
    const { text, color, pressed, off, act } = of(name, n);
    const button = parent.children[n] || parent.appendChild(document.createElement("button"));
    if (button.dataset.text !== text + color) {
      button.dataset.text = text + color;
      button.replaceChildren(...(color ? [document.createElement("i")] : []), document.createTextNode(text));
      if (color) button.firstChild.style.background = color;
    }
    button.setAttribute("aria-pressed", pressed);
    button.classList.toggle("off", Boolean(off));
    onPress(button, act);
  });
}

function options(select, names, chosen, verb) {
  if (select.dataset.names !== names.join("\n")) {
    select.dataset.names = names.join("\n");
    select.replaceChildren(...names.map((name) => new Option(`${verb} ${name}`, name)));
  }
  select.value = chosen;
}

// --- fingers on the picture
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
  if (state && !document.hidden) {
    try {
      const answer = await fetch(`picture?output=${encodeURIComponent(state.output)}`);
      if (answer.ok && answer.headers.get("Content-Type") === "image/jpeg") {
        const url = URL.createObjectURL(await answer.blob()), ready = new Image();
        ready.src = url;
        await ready.decode();
        const old = $("picture").getAttribute("href");
        $("picture").setAttribute("href", url);
        if (old) URL.revokeObjectURL(old);
      }
    } catch { /* the next one may come */ }
  }
  setTimeout(refresh, 400);
}

addEventListener("resize", draw);
listen();
refresh();
