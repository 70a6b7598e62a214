"use strict";
// What the writable pages share: their words, how an element is made, and how their server is asked.
const words = JSON.parse(document.body.dataset.words), secret = document.body.dataset.secret;
const root = document.querySelector("#review"), sound = document.querySelector("#sound");
const one = (what, where = document) => where.querySelector(what);
const all = (what, where = document) => [...where.querySelectorAll(what)];
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s) % 60).padStart(2, "0")}`;
const el = (tag, given = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...inside.flat().filter((part) => part != null));
  return made;
};
const button = (text, act, more = {}) => el("button", { type: "button", onclick: act, ...more }, text);
// By the keyboard one goes through the options; what one stops at counts on Enter, or on going on.
const select = (label, options, value, act) => {
  let typed = false, last = value;
  const keep = () => { if (made.value !== last) { last = made.value; act(last); } };
  const key = (event) => { typed = true; if (event.key === "Enter") keep(); };
  const made = el("select", { "aria-label": label, onkeydown: key, onpointerdown: () => { typed = false; }, onchange: () => { if (!typed) keep(); }, onblur: keep });
  for (const [name, text] of options) made.append(el("option", { value: name, selected: name === value }, text));
  return made;
};
// Do what makes elements anew without taking the keyboard's place away.
const inPlace = (act) => {
  const called = (e) => [e.closest('[role="group"]')?.getAttribute("aria-label"), e.getAttribute("aria-label") ?? e.textContent].join("|");
  const held = document.activeElement, name = held && called(held);
  act();
  if (held && !held.isConnected) all("#review button, #review select, .judge button, .judge select, .turn-tools button, .turn-tools select").find((e) => called(e) === name)?.focus();
};
const news = el("p", { role: "status", class: "state" });
const tell = (text) => { news.textContent = text; };

// Who listens uses the page, though all of the sound may be here: the server is not to end meanwhile.
setInterval(() => { if (sound && !sound.paused) fetch("progress").catch(() => {}); }, 60_000);

// Keys work where nothing is typed, and can be switched off.
let keysOn = true;
const keysToggle = () => el("label", { class: "keys-on" }, el("input", { type: "checkbox", checked: true, onchange: (event) => { keysOn = event.target.checked; } }), ` ${words.keys}`);
const isKey = (event) => keysOn && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select");
const press = (what) => one(`[data-do="${what}"]`)?.click();
const player = { j: () => press("back"), k: () => press("play"), l: () => press("forward") };

// A moment is named by one word; what is kept of it are a kind and its subtype.
const momentKinds = () => ["withdrawal", "confrontation", "repair"].map((kind) => [kind, words[`kind_${kind}`]]);
const asMoment = (kind) => (kind === "repair" ? { kind, subtype: null } : { kind: "rupture", subtype: kind });

// The page is ready once it stands, its state was asked for and is shown.
async function begin(build, take) {
  build();
  const transcript = one("#transcript details");
  if (transcript) transcript.open = true;
  const state = await ask("state");
  if (!state) return;
  take(state);
  document.body.dataset.ready = "yes";
}

async function ask(what, value) {
  const given = value === undefined ? {} : { method: "POST", body: JSON.stringify(value), headers: { "content-type": "application/json", "x-review": secret } };
  const answer = await fetch(what, given).catch(() => null);
  if (!answer) { tell(words.gone); return null; }
  const told = await answer.json();
  if (answer.ok) return told;
  tell(told.error);
  return null;
}
