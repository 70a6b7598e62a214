"use strict";
// Hear the session from its page: play from a moment, a word or any place of the lanes; read along;
// search what was said.  Everything but playing works without it.  Text is only ever set as text.
(() => {
  const one = (what, where = document) => where.querySelector(what);
  const all = (what, where = document) => [...where.querySelectorAll(what)];

  // A link to something inside a folded part opens the part.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let fold = target.closest("details") ?? one("details", target); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.hash === location.hash) reveal();
  });
  reveal();
  addEventListener("beforeprint", () => all("details.part").forEach((fold) => { fold.open = true; }));

  const lines = all(".said-all > li");
  search();

  const sound = one("#sound");
  if (!sound) return;
  const player = one("#player"), bar = one(".bar-player"), lanes = one("#lanes"), over = one(".over");
  const several = !sound.hasAttribute("src"); // over the weeks: each moment names its session's sound
  let length = Number(lanes?.dataset.length ?? one("input", bar).max);
  const button = (what) => one(`[data-do="${what}"]`, bar);
  const place = one("input", bar), caption = one("[data-caption]"), follow = one('[name="follow"]');
  const starts = lines.map((line) => Number(line.dataset.at));
  let current = -1, word = null, marked = [];

  sound.removeAttribute("controls");
  bar.hidden = false;
  player.classList.add("ready");
  sound.addEventListener("loadedmetadata", () => { if (several) { length = sound.duration; place.max = Math.ceil(length); } });
  sound.addEventListener("error", () => {
    if (several) { caption.textContent = player.dataset.gone.replace("{name}", decodeURI(sound.getAttribute("src"))); return; }
    bar.hidden = true;
    const note = document.createElement("p");
    note.textContent = player.dataset.gone;
    player.append(note);
  });

  const clock = (seconds) => {
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
    const [hours, minutes, rest] = parts;
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${String(rest).padStart(2, "0")}` : `${minutes}:${String(rest).padStart(2, "0")}`;
  };
  const hear = (seconds, url = sound.getAttribute("src")) => {
    if (url !== sound.getAttribute("src")) { sound.src = url; length = Infinity; player.hidden = false; }
    sound.currentTime = Math.min(Math.max(0, seconds), length);
    sound.play().catch(() => {});
    show();
  };

  // --- what is shown at the time that is heard ---

  const lineAt = (time) => {
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= time + 0.05) low = middle + 1; else high = middle;
    }
    return low - 1;
  };

  function show() {
    const time = sound.currentTime;
    one("[data-now]", bar).textContent = clock(time);
    place.value = time;
    place.setAttribute("aria-valuetext", clock(time));
    const head = one(".head", over ?? bar);
    if (head) {
      head.hidden = false;
      head.style.left = `${100 * Math.min(1, time / length)}%`;
    }
    const k = lineAt(time);
    if (k !== current) changeLine(k);
    const line = lines[k];
    if (!line?.dataset.words) return;
    const offsets = line.dataset.words.split(" ");
    let n = 0;
    while (n + 1 < offsets.length && Number(offsets[n + 1]) / 100 <= time - starts[k]) n += 1;
    if (marked[n] !== word) {
      for (const spot of [word, word?.twin]) spot?.classList.remove("now");
      word = marked[n];
      for (const spot of [word, word?.twin]) spot?.classList.add("now");
      keepInView(word?.twin, caption);
    }
  }

  function changeLine(k) {
    lines[current]?.classList.remove("now");
    lines[current]?.removeAttribute("aria-current");
    word?.classList.remove("now");
    [current, word, marked] = [k, null, []];
    caption.replaceChildren();
    const line = lines[k];
    if (!line) return;
    line.classList.add("now");
    line.setAttribute("aria-current", "true");
    marked = all(".words > span", line);
    const name = document.createElement("b");
    name.textContent = one("b", line).textContent;
    caption.append(name, " ");
    for (const spot of marked) {
      spot.twin = document.createElement("span");
      spot.twin.textContent = spot.textContent;
      caption.append(spot.twin, " ");
    }
    if (follow?.checked && !sound.paused) keepInView(line, line.parentElement);
  }

  function keepInView(inner, box) {
    if (!inner || !box.clientHeight) return;
    const a = inner.getBoundingClientRect(), b = box.getBoundingClientRect();
    if (a.top < b.top || a.bottom > b.bottom) box.scrollTop += a.top - b.top - Math.min(40, b.height / 4);
  }

  // --- controls ---

  const run = () => { show(); if (!sound.paused) requestAnimationFrame(run); };
  const state = () => {
    button("play").setAttribute("aria-label", sound.paused ? player.dataset.play : player.dataset.pause);
    player.classList.toggle("playing", !sound.paused);
  };
  for (const kind of ["play", "pause", "ended"]) sound.addEventListener(kind, state);
  sound.addEventListener("play", run);
  sound.addEventListener("seeked", show);
  button("play").addEventListener("click", () => (sound.paused ? hear(sound.currentTime) : sound.pause()));
  button("back").addEventListener("click", () => hear(sound.currentTime - 5));
  button("forward").addEventListener("click", () => hear(sound.currentTime + 5));
  button("speed").addEventListener("click", () => {
    const speeds = [1, 1.25, 1.5, 2, 0.75];
    sound.playbackRate = speeds[(speeds.indexOf(sound.playbackRate) + 1) % speeds.length];
    one("[data-speed]", bar).textContent = `${sound.playbackRate}×`;
  });
  place.addEventListener("input", () => { sound.currentTime = Number(place.value); });

  // Every link into the sound plays here instead of leaving the page.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href*="#t="]');
    if (!link) return;
    event.preventDefault();
    const [url, at] = link.getAttribute("href").split("#t=");
    hear(Number(at), url);
    if (several) caption.textContent = [link.getAttribute("aria-label").replace(/^.*?: /, ""), one("b + b", link.parentElement)?.textContent, one("q", link.parentElement)?.textContent].filter(Boolean).join(" · ");
  });
  lanes?.addEventListener("click", (event) => {
    const area = over.getBoundingClientRect(), at = (event.clientX - area.left) / area.width;
    if (event.target.closest("a") || at < 0 || at > 1 || !event.target.closest(".hour, .over")) return;
    hear(at * length);
  });
  lanes?.addEventListener("pointermove", (event) => {
    const area = over.getBoundingClientRect(), at = (event.clientX - area.left) / area.width;
    const cursor = one(".cursor", over);
    cursor.hidden = at < 0 || at > 1;
    cursor.style.left = `${100 * at}%`;
    cursor.dataset.time = clock(at * length);
    cursor.classList.toggle("late", at > 0.9);
  });
  lanes?.addEventListener("pointerleave", () => { one(".cursor", over).hidden = true; });

  // Of the transcript's many links one takes the focus; the arrows go from one to the next.
  const links = all(".said-all a.hear");
  const stop = (link) => { for (const other of links) other.tabIndex = other === link ? 0 : -1; };
  stop(links[0]);
  one(".said-all")?.addEventListener("keydown", (event) => {
    const shown = links.filter((link) => !link.parentElement.hidden);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], k = shown.indexOf(document.activeElement);
    if (!step || k < 0 || !shown[k + step]) return;
    event.preventDefault();
    stop(shown[k + step]);
    shown[k + step].focus();
  });

  // --- search ---

  function search() {
    const form = one(".find");
    if (!form) return;
    form.hidden = false;
    const texts = lines.map((line) => line.textContent.replace(/\s+/g, " ").toLowerCase());
    const told = one(".told", form);
    one('[name="words"]', form).addEventListener("input", (event) => {
      const wanted = event.target.value.trim().toLowerCase();
      let found = 0;
      lines.forEach((line, k) => {
        line.hidden = wanted !== "" && !texts[k].includes(wanted);
        found += line.hidden ? 0 : 1;
      });
      told.textContent = !wanted ? "" : found ? `${form.dataset.found} ${found}` : form.dataset.none;
    });
  }
})();
