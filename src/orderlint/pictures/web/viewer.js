// Shows a picture in a browser: pan by dragging, zoom by the wheel, open and close blocks by a click, and go to a
// finding by its entry in the list.
"use strict";

const picture = JSON.parse(document.getElementById("data").textContent);
const view = document.getElementById("view");
const drawing = document.getElementById("drawing");
const opened = new Set(picture.opened);
const camera = { x: 0, y: 0, scale: 1 };
let body = null;
let chosen = null;

function blocks(item, found = []) {
  if (!isBlock(item)) return found;
  found.push(item);
  for (const inner of item.items) blocks(inner, found);
  return found;
}

function redraw() {
  body = drawBody(picture, opened);
  drawing.innerHTML = `<style>${STYLE}</style>${body.text}`;
  highlight();
}

function place() {
  drawing.setAttribute("transform", `translate(${camera.x},${camera.y}) scale(${camera.scale})`);
}

// Shows all: by its width where it is tall, from the top.
function fit() {
  const room = view.getBoundingClientRect();
  const whole = Math.min(room.width / (body.width + 40), room.height / (body.height + 40));
  camera.scale = Math.min(1, Math.max(whole, Math.min(0.9, room.width / (body.width + 40))));
  camera.x = (room.width - body.width * camera.scale) / 2;
  camera.y = Math.max(20, (room.height - body.height * camera.scale) / 2);
  place();
}

function zoom(factor, x, y) {
  const scale = Math.min(4, Math.max(0.05, camera.scale * factor));
  camera.x = x - (x - camera.x) * (scale / camera.scale);
  camera.y = y - (y - camera.y) * (scale / camera.scale);
  camera.scale = scale;
  place();
}

function middleZoom(factor) {
  const room = view.getBoundingClientRect();
  zoom(factor, room.width / 2, room.height / 2);
}

// Opens or closes a block, keeping it where it is on the screen.
function toggle(id) {
  const before = corner(id);
  if (opened.has(id)) opened.delete(id);
  else opened.add(id);
  redraw();
  const after = corner(id);
  camera.x += before.x - after.x;
  camera.y += before.y - after.y;
  place();
}

function corner(id) {
  const rect = drawing.querySelector(`[data-id="${id}"]`).getBoundingClientRect();
  return { x: rect.x + rect.width / 2, y: rect.y };
}

function blockUnder(target) {
  const grip = target.closest(".closed, .head");
  return grip && grip.closest("[data-id]").dataset.id;
}

function highlight() {
  view.classList.toggle("chosen", chosen !== null);
  for (const element of drawing.querySelectorAll("[data-findings]")) {
    element.classList.toggle("on", element.dataset.findings.split(" ").includes(String(chosen)));
  }
  document.querySelectorAll(".finding").forEach((entry, i) => entry.setAttribute("aria-pressed", String(i === chosen)));
}

// Chooses a finding: opens the blocks on its paths, and goes to its first layer; chosen again, lets go of it.
function choose(number) {
  chosen = chosen === number ? null : number;
  if (chosen === null) return highlight();
  for (const block of blocks(picture.root)) if (block.marks.includes(number)) opened.add(block.id);
  redraw();
  const first = drawing.querySelector(".layer.on");
  if (first) {
    const rect = first.getBoundingClientRect();
    const room = view.getBoundingClientRect();
    camera.x += room.x + room.width / 2 - rect.x - rect.width / 2;
    camera.y += room.y + room.height / 3 - rect.y;
    place();
  }
}

function listFindings() {
  const list = document.getElementById("findings");
  picture.findings.forEach((finding, number) => {
    const entry = document.createElement("button");
    entry.className = "finding";
    entry.style.borderLeftColor = SEVERITY_COLOURS[finding.severity];
    const times = finding.count > 1 ? `, ${finding.count} times` : "";
    entry.innerHTML = `<b>${escaped(finding.code)} ${escaped(finding.severity)}${times}</b>${escaped(finding.message)}<small>${escaped(finding.place)}</small>`;
    entry.addEventListener("click", () => choose(number));
    list.append(entry);
  });
  for (const note of picture.notes) {
    const line = document.createElement("p");
    line.className = "note";
    line.textContent = `Followed only in part: ${note}`;
    list.append(line);
  }
}

function onButtons() {
  const actions = {
    fit, in: () => middleZoom(1.25), out: () => middleZoom(0.8),
    open: () => { for (const block of blocks(picture.root)) opened.add(block.id); redraw(); fit(); },
    close: () => { opened.clear(); opened.add(picture.root.id); redraw(); fit(); },
  };
  for (const [id, action] of Object.entries(actions)) document.getElementById(id).addEventListener("click", action);
}

function onPointer() {
  let start = null;
  let moved = false;
  view.addEventListener("pointerdown", (event) => { start = { x: event.clientX - camera.x, y: event.clientY - camera.y, at: [event.clientX, event.clientY] }; moved = false; });
  addEventListener("pointermove", (event) => {
    if (!start) return;
    if (!moved && Math.hypot(event.clientX - start.at[0], event.clientY - start.at[1]) < 4) return;
    moved = true;
    view.classList.add("dragging");
    camera.x = event.clientX - start.x;
    camera.y = event.clientY - start.y;
    place();
  });
  addEventListener("pointerup", () => { start = null; view.classList.remove("dragging"); });
  view.addEventListener("click", (event) => { const id = !moved && blockUnder(event.target); if (id) toggle(id); });
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    const room = view.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - room.x, event.clientY - room.y);
  }, { passive: false });
}

function onKeys() {
  view.addEventListener("keydown", (event) => {
    const id = (event.key === "Enter" || event.key === " ") && blockUnder(event.target);
    if (id) { event.preventDefault(); toggle(id); }
  });
}

listFindings();
onButtons();
onPointer();
onKeys();
redraw();
fit();
