// The page of /stacktach/: a live feed, a search, and one instance's timeline. Talks to the same URLs as everybody.
"use strict";

const $ = (selector) => document.querySelector(selector);
const MOST_ROWS = 200;
let cursor = null; // of the feed; null while a search is shown

async function get(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body[1]?.[1] ?? answer.statusText);
  return body;
}

function cell(row, text, click) {
  const td = row.insertCell();
  if (!click || !text) return void (td.textContent = text ?? "");
  const link = document.createElement("a");
  link.textContent = text;
  link.tabIndex = 0;
  link.onclick = link.onkeydown = (event) => (event.key ?? "Enter") === "Enter" && click(text);
  td.append(link);
}

function titles(names) {
  const head = $("thead");
  head.replaceChildren();
  const row = head.insertRow();
  for (const name of names) row.append(Object.assign(document.createElement("th"), { textContent: name }));
  $("tbody").replaceChildren();
}

async function follow() {
  if (cursor === null) return;
  const piece = await get(`/stacktach/feed/?after=${cursor}&limit=100`);
  if (cursor === null) return;
  cursor = piece.next;
  for (const event of piece.events) {
    const row = $("tbody").insertRow(0);
    row.className = event.routing_key.endsWith("error") ? "error" : "";
    for (const key of ["id", "when", "deployment", "event", "host"]) cell(row, event[key]);
    cell(row, event.instance, event.service === "nova" ? showInstance : null);
  }
  while ($("tbody").rows.length > MOST_ROWS) $("tbody").deleteRow(-1);
  $("#status").textContent = "";
}

async function live() {
  $("#instance").hidden = true;
  $("#what").textContent = "Live feed";
  titles(["#", "When", "Deployment", "Event", "Host", "Instance"]);
  const end = Number((await get("/stacktach/feed/?after=end")).next);
  cursor = String(Math.max(0, end - 50));
  await follow();
}

async function search(form) {
  cursor = null;
  const query = new URLSearchParams(new FormData(form));
  const table = await get(`/stacky/search/?${query}&limit=200`);
  $("#what").textContent = table.length ? "Found" : "Nothing found";
  titles(table[0] ?? []);
  for (const cells of table.slice(1)) {
    const row = $("tbody").insertRow();
    row.className = cells[1] === "E" ? "error" : "";
    for (const text of cells) cell(row, text === null ? "" : String(text));
  }
  const value = query.get("value");
  if (query.get("field") === "instance" && query.get("service") === "nova" && table.length) await timeline(value);
  else $("#instance").hidden = true;
}

function showInstance(uuid) {
  const form = $("#search");
  form.service.value = "nova";
  form.field.value = "instance";
  form.value.value = uuid;
  guarded(() => search(form));
}

async function timeline(uuid) {
  const vm = await get(`/stacktach/instances/${encodeURIComponent(uuid)}/`);
  $("#instance").hidden = false;
  $("#instance h2").textContent = `${vm.instance}: ${vm.state || "?"} ${vm.task_state ?? ""} (${vm.deployment})`;
  const at = (text) => (text === null ? null : Date.parse(text.replace(" ", "T") + "Z"));
  const bars = vm.timings.map((t) => ({ ...t, from: at(t.start) ?? at(t.end), to: at(t.end) ?? at(t.start) }));
  bars.sort((a, b) => a.from - b.from);
  const first = Math.min(...bars.map((bar) => bar.from));
  const length = Math.max(1, Math.max(...bars.map((bar) => bar.to)) - first);
  $("#timeline").replaceChildren(...bars.map((bar) => {
    const line = document.createElement("div");
    const span = document.createElement("span");
    span.style.left = `${((bar.from - first) / length) * 100}%`;
    span.style.width = `${(Math.max(0, bar.to - bar.from) / length) * 100}%`;
    const text = document.createElement("em");
    text.textContent = `${bar.start ?? "?"}  ${bar.name}  ${bar.time ?? "not complete"}`;
    line.append(span, text);
    return line;
  }));
}

async function guarded(work) {
  try {
    $("#status").textContent = "";
    await work();
  } catch (error) {
    $("#status").textContent = error.message;
  }
}

$("#search").onsubmit = (event) => {
  event.preventDefault();
  guarded(() => search(event.target));
};
$("#live").onclick = () => guarded(live);
setInterval(() => guarded(follow), 2000);
guarded(live);
