// Draws a picture (see `pictures/drawing.py`) as SVG text: each open block is laid out by dagre on its own, the
// innermost first, and is one box to the block around it. Runs in a browser, and in QuickJS for SVG files.
"use strict";

const LINE = 34; // height of a layer's box
const HEAD = 22; // height of an open block's heading
const PAD = 14; // between an open block's border and what it holds
const GAP = 22; // between one layer and the next
const LOOP = 26; // room beside a block whose copies feed one another

const KIND_COLOURS = {
  conv: "#dbe9fb", linear: "#dbe9fb", attention: "#dbe9fb", rnn: "#dbe9fb", matmul: "#dbe9fb", embedding: "#dbe9fb",
  batch_norm: "#e6dcf7", layer_norm: "#e6dcf7", group_norm: "#e6dcf7", instance_norm: "#e6dcf7", rms_norm: "#e6dcf7",
  other_norm: "#e6dcf7", activation: "#fdf2c9", dropout: "#fbdcd3", drop_path: "#fbdcd3",
  max_pool: "#d8f0e4", avg_pool: "#d8f0e4", add: "#eceff3", concat: "#eceff3", multiply: "#eceff3",
  input: "#ffffff", loss: "#f3d9e6",
};
const SEVERITY_COLOURS = { error: "#c81e1e", warning: "#d9730d", info: "#2f6fb7" };
const SEVERITY_ORDER = ["error", "warning", "info"];

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
}

function textWidth(text, size) {
  let width = 0;
  for (const c of text) width += /[ilj.,'|:;\/ ]/.test(c) ? 0.34 : /[mwMW×→…%]/.test(c) ? 0.9 : /[A-Z_0-9]/.test(c) ? 0.66 : 0.57;
  return width * size;
}

// The gravest colour of some findings; undefined for none.
function colourOf(picture, marks) {
  const found = SEVERITY_ORDER.find((severity) => marks.some((mark) => picture.findings[mark].severity === severity));
  return found && SEVERITY_COLOURS[found];
}

function isBlock(item) {
  return item.items !== undefined;
}

// Gives an item its size and, for an open block, the places of what it holds. `opened` is a set of ids.
function layout(item, opened) {
  if (!isBlock(item)) {
    const width = Math.max(64, textWidth(item.title, 12) + 20, textWidth(item.name, 10) + 20);
    return { item, width, height: item.name ? LINE : 24 };
  }
  const title = headingOf(item);
  if (!opened.has(item.id)) {
    const width = Math.max(110, textWidth(title, 12) + 34, textWidth(item.summary, 10) + 24);
    return { item, width, height: 40 };
  }
  return layoutInside(item, opened, textWidth(title, 12) + 40);
}

function headingOf(block) {
  return block.count > 1 ? `${block.title}  ×${block.count}` : block.title;
}

function layoutInside(block, opened, least) {
  const graph = new dagre.graphlib.Graph();
  const many = block.items.length > 120;
  graph.setGraph({ rankdir: "TB", ranksep: GAP, nodesep: 18, edgesep: 10, ranker: many ? "longest-path" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  const boxes = new Map(block.items.map((item) => [item.id, layout(item, opened)]));
  for (const [id, box] of boxes) graph.setNode(id, { width: box.width + stacked(box.item), height: box.height });
  const pins = new Set(block.edges.flatMap(([from, to]) => [from, to]).filter((end) => end === "in" || end === "out"));
  for (const pin of pins) graph.setNode(pin, { width: 1, height: 1 });
  for (const [from, to] of block.edges) if (from !== to) graph.setEdge(from, to);
  pinned(graph, block, pins);
  dagre.layout(graph);
  return placed(block, graph, boxes, pins, least);
}

// What leads nowhere stands above the exit, and what comes from nowhere below the entry.
function pinned(graph, block, pins) {
  for (const item of block.items) {
    if (pins.has("in") && graph.inEdges(item.id).length === 0) graph.setEdge("in", item.id, { hidden: true });
    if (pins.has("out") && graph.outEdges(item.id).length === 0) graph.setEdge(item.id, "out", { hidden: true });
  }
}

function stacked(item) {
  return item.count > 1 ? 8 : 0;
}

function placed(block, graph, boxes, pins, least) {
  const size = graph.graph();
  const extra = block.loop ? LOOP : 0;
  const inner = Number.isFinite(size.width) ? size.width : 0;
  const width = Math.max(inner + 2 * PAD + extra, least);
  const cut = { top: pins.has("in") ? GAP : 0, bottom: pins.has("out") ? GAP : 0 }; // the pins' own ranks
  const shift = { x: (width - extra - inner) / 2, y: HEAD + PAD - cut.top };
  const height = Math.max(0, Number.isFinite(size.height) ? size.height : 0) - cut.top - cut.bottom + HEAD + 2 * PAD;
  const box = { item: block, width, height, open: true, inside: [], lines: [], pins: {} };
  for (const [id, inside] of boxes) {
    const at = graph.node(id);
    box.inside.push({ ...inside, x: at.x + shift.x - at.width / 2, y: at.y + shift.y - at.height / 2 });
  }
  for (const pin of pins) box.pins[pin] = { x: graph.node(pin).x + shift.x, y: pin === "in" ? 0 : height };
  const byId = new Map(box.inside.map((inside) => [inside.item.id, inside]));
  for (const [from, to, marks] of block.edges) {
    if (from === to) continue;
    const points = graph.edge(from, to).points.map((p) => ({ x: p.x + shift.x, y: within(p.y + shift.y, height) }));
    const end = ending(box, byId, to, "in");
    box.lines.push({ points: attached(points, ending(box, byId, from, "out"), end), marks, goesOn: end !== null });
  }
  return box;
}

function within(y, height) {
  return Math.min(Math.max(y, HEAD), height - 2);
}

// Where an edge ends: at a pin of this block, or at the pin of an open block in it; else where dagre says.
function ending(box, byId, end, side) {
  if (end === "in" || end === "out") return box.pins[end];
  const inside = byId.get(end);
  if (!inside.open) return null;
  const pin = inside.pins[side];
  return pin ? { x: inside.x + pin.x, y: inside.y + pin.y } : null;
}

function attached(points, start, end) {
  const result = [...points];
  if (start) result[0] = start;
  if (end) result[result.length - 1] = end;
  return result;
}

function curve(points) {
  const [first, ...rest] = points;
  let path = `M${round(first.x)},${round(first.y)}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const middle = { x: (rest[i].x + rest[i + 1].x) / 2, y: (rest[i].y + rest[i + 1].y) / 2 };
    const end = i === rest.length - 2 ? rest[i + 1] : middle;
    path += `Q${round(rest[i].x)},${round(rest[i].y)} ${round(end.x)},${round(end.y)}`;
  }
  if (rest.length === 1) path += `L${round(rest[0].x)},${round(rest[0].y)}`;
  return path;
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function drawLine(picture, points, marks, goesOn) {
  const colour = colourOf(picture, marks);
  const style = colour ? `stroke="${colour}" stroke-width="2.6"` : 'stroke="#8a94a3" stroke-width="1.2"';
  const arrow = colour ? `arrow-${colour.slice(1)}` : "arrow";
  const found = marks.length ? ` data-findings="${marks.join(" ")}"` : "";
  return `<path class="edge" d="${curve(points)}" fill="none" ${style}${goesOn ? "" : ` marker-end="url(#${arrow})"`}${found}/>`;
}

function drawBox(picture, box, x, y) {
  if (!isBlock(box.item)) return drawLayer(picture, box, x, y);
  return box.open ? drawOpen(picture, box, x, y) : drawClosed(picture, box, x, y);
}

function opening(item, kind, extra) {
  const found = item.marks.length ? ` data-findings="${item.marks.join(" ")}"` : "";
  return `<g class="${kind}" data-id="${item.id}"${found}${extra || ""}>`;
}

function drawLayer(picture, box, x, y) {
  const { item, width, height } = box;
  const colour = colourOf(picture, item.marks);
  const border = colour ? `stroke="${colour}" stroke-width="2.6"` : 'stroke="#aab3c0" stroke-width="1"';
  const dashes = item.conditional ? ' stroke-dasharray="5 3"' : "";
  const round = ["add", "concat", "multiply", "input"].includes(item.kind) ? 12 : 4;
  const middle = x + width / 2;
  const lines = item.name
    ? `<text x="${middle}" y="${y + 14}" class="title">${escaped(item.title)}</text><text x="${middle}" y="${y + 28}" class="name">${escaped(item.name)}</text>`
    : `<text x="${middle}" y="${y + 16}" class="title">${escaped(item.title)}</text>`;
  return `${opening(item, "layer")}<title>${escaped(item.hint)}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}" fill="${KIND_COLOURS[item.kind] || "#f4f5f7"}" ${border}${dashes}/>${lines}</g>`;
}

function drawClosed(picture, box, x, y) {
  const { item, width, height } = box;
  const colour = colourOf(picture, item.marks) || "#6b7686";
  const rect = (dx, dy) => `<rect x="${x + dx}" y="${y + dy}" width="${width}" height="${height}" rx="6" fill="#f7f9fc" stroke="${colour}" stroke-width="1.6"/>`;
  const stack = item.count > 1 ? rect(8, -6) + rect(4, -3) : "";
  const middle = x + width / 2;
  return `${opening(item, "block closed", ' tabindex="0" role="button"')}<title>${escaped(item.title)}: click to open</title>${stack}${rect(0, 0)}<text x="${middle}" y="${y + 16}" class="title">+ ${escaped(headingOf(item))}</text><text x="${middle}" y="${y + 31}" class="name">${escaped(item.summary)}</text></g>`;
}

function drawOpen(picture, box, x, y) {
  const { item, width, height } = box;
  const colour = colourOf(picture, item.marks) || "#b4bdca";
  const lines = box.lines.map((line) => drawLine(picture, line.points.map((p) => ({ x: p.x + x, y: p.y + y })), line.marks, line.goesOn));
  const inside = box.inside.map((inner) => drawBox(picture, inner, x + inner.x, y + inner.y));
  const loop = item.loop ? drawLoop(picture, box, x, y) : "";
  if (!item.title) return `${opening(item, "root")}${lines.join("")}${inside.join("")}</g>`;
  const rect = (dx, dy) => `<rect class="frame" x="${x + dx}" y="${y + dy}" width="${width}" height="${height}" rx="8" fill="#ffffff" fill-opacity="0.75" stroke="${colour}" stroke-width="1.4"/>`;
  const stack = item.count > 1 ? rect(8, -6) + rect(4, -3) : "";
  const head = `<g class="head" tabindex="0" role="button"><title>click to close</title><rect x="${x + 1}" y="${y + 1}" width="${width - 2}" height="${HEAD - 2}" rx="7" fill="#eef1f5"/></g>`;
  const heading = `<text x="${x + 9}" y="${y + 15}" class="heading">− ${escaped(headingOf(item))}</text>`;
  return `${opening(item, "block open")}${stack}${rect(0, 0)}${head}${lines.join("")}${heading}${loop}${inside.join("")}</g>`;
}

// The output of one copy is the input of the next: a line from the exit back up to the entry.
function drawLoop(picture, box, x, y) {
  const start = box.pins.out || { x: box.width / 2, y: box.height };
  const end = box.pins.in || { x: box.width / 2, y: 0 };
  const side = x + box.width - LOOP / 2;
  const low = y + box.height - PAD / 2;
  const high = y + HEAD + 2;
  const r = 8;
  const path = `M${round(x + start.x)},${round(low)}H${round(side - r)}Q${round(side)},${round(low)} ${round(side)},${round(low - r)}V${round(high + r)}Q${round(side)},${round(high)} ${round(side - r)},${round(high)}H${round(x + end.x + 5)}`;
  const colour = colourOf(picture, box.item.loop);
  const style = colour ? `stroke="${colour}" stroke-width="2.6"` : 'stroke="#8a94a3" stroke-width="1.2"';
  const arrow = colour ? `arrow-${colour.slice(1)}` : "arrow";
  const found = box.item.loop.length ? ` data-findings="${box.item.loop.join(" ")}"` : "";
  const label = `<text x="${round(side + 4)}" y="${round((low + high) / 2)}" class="name" text-anchor="middle" transform="rotate(90 ${round(side + 4)} ${round((low + high) / 2)})">next of ${box.item.count}</text>`;
  return `<path class="edge loop" d="${path}" fill="none" ${style} stroke-dasharray="6 3" marker-end="url(#${arrow})"${found}/>${label}`;
}

const STYLE = "text{font-family:'DejaVu Sans',Verdana,Helvetica,Arial,sans-serif;fill:#1d2733}.title{font-size:12px;text-anchor:middle}.name{font-size:10px;fill:#5b6675;text-anchor:middle}.heading{font-size:12px;font-weight:bold;paint-order:stroke;stroke:#eef1f5;stroke-width:5px;pointer-events:none}.legend{font-size:12px}.big{font-size:15px;font-weight:bold}";

function arrowMarker(id, colour) {
  return `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0L8,4L0,8z" fill="${colour}"/></marker>`;
}

// The drawing without what surrounds it: its SVG text and size.
function drawBody(picture, opened) {
  const box = layout(picture.root, opened);
  const markers = [["arrow", "#8a94a3"], ...Object.values(SEVERITY_COLOURS).map((colour) => [`arrow-${colour.slice(1)}`, colour])];
  const defs = `<defs>${markers.map(([id, colour]) => arrowMarker(id, colour)).join("")}</defs>`;
  return { text: defs + drawBox(picture, box, 0, 0), width: box.width, height: box.height };
}

// A whole SVG file: the drawing under its title, with the findings listed below it.
function drawFile(picture) {
  const body = drawBody(picture, new Set(picture.opened));
  const lines = picture.findings.flatMap((finding) => legendLines(finding, Math.max(body.width, 420)));
  const top = 34;
  const notes = picture.notes.length ? [{ text: `followed only in part: ${picture.notes[0]}`, colour: "#5b6675" }] : [];
  const all = [...lines, ...notes];
  const width = Math.ceil(Math.max(body.width, 440, textWidth(picture.title, 15)) + 40);
  const height = Math.ceil(body.height + top + all.length * 17 + 46);
  const legend = all.map((line, i) => `<text class="legend" x="${20 + (line.indent || 0)}" y="${body.height + top + 36 + i * 17}" style="fill:${line.colour}">${escaped(line.text)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><style>${STYLE}</style><rect width="100%" height="100%" fill="#ffffff"/><text class="big" x="20" y="24">${escaped(picture.title)}</text><g transform="translate(${round((width - body.width) / 2)},${top})">${body.text}</g>${legend.join("")}</svg>\n`;
}

function legendLines(finding, width) {
  const times = finding.count > 1 ? ` (${finding.count} times)` : "";
  const words = `${finding.code} ${finding.severity}${times}: ${finding.message.replace(/`/g, "")}`.split(" ");
  const lines = [""];
  for (const word of words) {
    if (textWidth(`${lines[lines.length - 1]} ${word}`, 12) > width) lines.push("");
    lines[lines.length - 1] += (lines[lines.length - 1] ? " " : "") + word;
  }
  return lines.map((text, i) => ({ text, colour: SEVERITY_COLOURS[finding.severity], indent: i ? 14 : 0 }));
}
