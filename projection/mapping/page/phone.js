// Surfaces over a picture of the output. A drag is drawn here at once; what is sent waits for the answer to what was sent before, and
// then the newest counts. What anybody changes comes back to everybody as an event.
"use strict";
const $ = (id) => document.getElementById(id);
const LOST = "No connection. Trying again.";
const MARGIN = 0.06;  // around the output, in parts of it: corners may lie beyond
const NS = "http://www.w3.org/2000/svg";

let state = null;
let drag = null;      // what a finger holds: {id, surface, mode, index, near, all, from, at, to, moved, gesture}
let kept = null;      // where it left that, until the program says so too: the same, and the number of the state that will

// --- sending: one at a time
const waiting = [];
let moving = null;    // the newest place of what is dragged
let isBusy = false;
let patienceMs = 4000;  // for an answer

const ask = (path, options = {}) => fetch(path, { signal: AbortSignal.timeout(patienceMs), ...options });

function wish(command, args = {}) {
  const last = waiting[waiting.length - 1];
  if (command === "nudge" && last && last.command === "nudge" && Math.sign(last.arguments.x) === Math.sign(args.x) && Math.sign(last.arguments.y) === Math.sign(args.y)) {
    last.arguments = { x: last.arguments.x + args.x, y: last.arguments.y + args.y };
  } else if (command === "dial" && last && last.command === "dial" && last.arguments.name === args.name) {
    last.arguments = args;
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
    const answer = await ask("do", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(next) });
    if (answer.ok) settle((await answer.json()).number);
    else giveUp(answer.status === 403 ? NO_TOKEN : (await answer.text()).slice(0, 200));
  } catch {
    isLost = true;
    giveUp(LOST);
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
const NO_TOKEN = "To change anything, open the link that the program tells now.";
let events = null;
let isLost = false;   // whether nothing came back lately: when something does, all is heard anew

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
    isLost = true;
    tell(LOST, true);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

function reached(answer) {  // something came back
  if (answer.status === 403) tell(NO_TOKEN, true);
  else if (isLost) { isLost = false; listen(); }
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
  for (const [id, isOn] of [["solo", state.isSolo], ["whole", state.point === null && state.points.length > 0], ["card", state.isCard], ["black", state.isBlack], ["freeze", state.isFrozen]]) {
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
  reveal($("surfaces"));
  fill($("modes"), Object.keys(state.modes), (mode) => ({ text: SHORT[mode] || mode, pressed: mode === state.mode, act: () => wish("mode", { to: mode }) }));
  for (const row of document.querySelectorAll("[data-mode]")) row.hidden = !row.dataset.mode.split(" ").includes(state.mode);
  options($("sources"), state.sources, state.shows, "shows");
  options($("outputs"), state.outputs, state.output, "on");
  $("outputs").hidden = state.outputs.length < 2;
  $("grid").value = state.grid;
  drawDials();
}

const SHORT = { show: "picture", area: "part" };  // of modes: there is little room
let turned = "";      // the dial that a finger holds: it is not moved under it

function drawDials() {
  const box = $("dials");
  if (box.children.length !== state.dials.length) box.replaceChildren(...state.dials.map(makeDial));
  state.dials.forEach(({ name, value }, n) => {
    const [, slide, shown] = box.children[n].children;
    if (name !== turned) slide.value = value;
    shown.textContent = name === turned ? slide.value : value;
  });
}

function makeDial({ name, low, high, step }) {
  const row = document.createElement("label"), slide = document.createElement("input");
  row.append(Object.assign(document.createElement("span"), { textContent: name }), slide, document.createElement("output"));
  Object.assign(slide, { type: "range", min: low, max: high, step });
  slide.addEventListener("input", () => { turned = name; wish("dial", { name, to: Number(slide.value) }); drawDials(); });
  slide.addEventListener("change", () => { turned = ""; });
  return row;
}

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

let revealed = "";    // the surface whose button was last brought into sight: nobody is disturbed while looking for another

function reveal(parent) {
  const button = parent.querySelector("[aria-pressed=true]");
  if (!button || revealed === state.chosen) return;
  revealed = state.chosen;
  const end = button.offsetLeft - parent.offsetLeft + button.offsetWidth - parent.clientWidth;
  parent.scrollLeft = Math.min(Math.max(parent.scrollLeft, end), button.offsetLeft - parent.offsetLeft);
}

function options(select, names, chosen, verb) {
  if (select.dataset.names !== names.join("\n")) {
    select.dataset.names = names.join("\n");
    select.replaceChildren(...names.map((name) => new Option(`${verb} ${name}`, name)));
  }
  select.value = chosen;
}
