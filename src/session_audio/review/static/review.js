// Mend the session on its page: voices, turns, words, events, moments.  Each decision is kept by the
// server at once and shown here by doing it again on what was computed last; saving computes the numbers.
(() => {
  let base = null, decided = null, now = null, chosen = null, changed = new Set();
  const rows = new Map(all(".said-all > li").map((row) => [Number(row.dataset.turn), row]));
  const as_made = new Map();

  // --- the server

  async function change(what, value = {}) {
    const told = await ask(what, value);
    if (!told) return false;
    decided = told;
    inPlace(show);
    return true;
  }
  const decide = async (o) => {
    const kept = await change("do", o);
    if (kept) tell(`${words.kept_change} ${describe(o)}`);
    return kept;
  };
  async function save() {
    if (!(await ask("save", {}))) return;
    for (;;) {
      const told = await ask("progress");
      if (!told) return;
      if (told.state === "failed") { tell(told.error); return; }
      if (told.state === "ready") break;
      tell(told.stage === "flag" ? words.reading : fill(words.working, { stage: words[`stage_${told.stage}`] ?? told.stage }));
      await new Promise((go) => { setTimeout(go, 250); });
    }
    sessionStorage.setItem("place", JSON.stringify([sound?.currentTime ?? 0, scrollY, chosen]));
    location.reload();
  }

  // --- what was decided, done again on what was computed

  const nameOf = (who) => base.names[who] ?? base.people.find((p) => p.id === who)?.name ?? base.voices.find((v) => v.label === who)?.label ?? who;
  function replay() {
    const turns = base.turns.map((t) => ({ ...t })), voices = base.voices.map((v) => ({ ...v }));
    const moments = base.moments.map((m) => ({ ...m })), closed = { ...base.closed };
    let events = [...base.events];
    const person = (to) => (base.people.some((p) => p.id === to) ? to : voices.find((v) => v.label === to)?.who ?? to);
    const within = (t, o) => t.who === o.from && t.start < o.end && t.end > o.start;
    const near = (e, o) => o && e[0] === o[0] && e[3] === o[3] && Math.abs(e[1] - o[1]) <= 0.5;
    for (const o of decided.operations.filter((x) => !decided.applied.includes(x.id))) {
      if (o.do === "name") {
        const to = person(o.to);
        voices.filter((v) => v.label === o.voice).forEach((v) => Object.assign(v, { who: to, how: "given", warnings: [] }));
        turns.filter((t) => t.voice === o.voice).forEach((t) => { t.who = to; });
      } else if (o.do === "split") {
        turns.filter((t) => t.voice === o.voice && t.start >= o.since).forEach((t) => { t.who = o.to || `${o.voice}.2`; });
      } else if (o.do === "give") turns.filter((t) => within(t, o)).forEach((t) => { t.who = person(o.to); });
      else if (o.do === "noise") turns.filter((t) => within(t, o)).forEach((t) => { t.gone = true; });
      else if (o.do === "mend") turns.filter((t) => within(t, o)).forEach((t) => { t.text = o.text ?? mended(t.text, o); });
      else if (o.do === "event") events = [...events.filter((e) => !near(e, o.from)), ...(o.to ? [o.to] : [])];
      else if (o.do === "judge") moments.filter((m) => m.id === o.moment).forEach((m) => Object.assign(m, Object.fromEntries(Object.entries(o).filter(([k]) => ["answer", "start", "end", "target", "note"].includes(k)))));
      else if (o.do === "missed") moments.push({ ...o, id: o.moment, kind: o.subtype || o.kind, who: o.participant, answer: "yes", marked: true });
      else if (o.do === "close") closed[o.moment] = o.note ?? "";
    }
    return { turns, voices, events, moments, closed };
  }
  function mended(text, o) {
    const said = text.split(" ");
    let from = 0;
    for (const c of o.changes) {
      const old = c.from.map((w) => w[2]);
      let k = old.length ? said.findIndex((_, i) => i >= from && old.every((w, j) => said[i + j] === w)) : said.length;
      if (k < 0) k = from;
      said.splice(k, old.length, ...c.to.map((w) => w[2]));
      from = k + c.to.length;
    }
    return said.join(" ").trim();
  }
  const momentOf = (id) => {
    const m = now.moments.find((x) => x.id === id);
    return m ? `${words.moment} ${clock(m.start)} (${nameOf(m.who)})` : id;
  };
  function describe(o) {
    const at = o.start ?? o.since ?? (o.to && typeof o.to === "object" ? o.to[1] : o.from?.[1]);
    const values = { at: at === undefined ? "" : clock(at), who: nameOf(typeof o.to === "string" ? o.to || words.new_voice : o.participant ?? o.from), voice: o.voice, kind: words[`kind_${o.to?.[0] ?? o.from?.[0] ?? o.subtype ?? o.kind}`], moment: momentOf(o.moment), answer: words[o.answer] ?? "" };
    return fill(words[`did_${o.do}`], values).trim();
  }

  // --- what is shown

  function show() {
    now = replay();
    const open = decided.operations.filter((o) => !decided.applied.includes(o.id)).length;
    const back = decided.applied.filter((id) => !decided.operations.some((o) => o.id === id)).length;
    one("[data-pending]", root).textContent = open + back ? fill(words.pending, { n: open + back }) : words.all_in;
    one('[data-key="u"]', root).disabled = !decided.operations.length;
    one('[data-key="U"]', root).disabled = !decided.undone;
    showTurns();
    showVoices();
    showLooks();
    showMoments();
    one(".decisions", root).hidden = !decided.operations.length;
    one(".decisions ol", root).replaceChildren(...decided.operations.slice(-50).reverse().map((o) => el("li", {}, `${describe(o)} (${o.by}, ${o.at.slice(0, 16).replace("T", " ")})`)));
  }
  function showTurns() {
    const differs = new Set();
    now.turns.forEach((t, k) => {
      const was = base.turns[k];
      if (t.who !== was.who || t.text !== was.text || t.gone) differs.add(t.index);
    });
    for (const index of new Set([...changed, ...differs])) {
      const row = rows.get(index), t = now.turns[index], spoken = row && one(".words", row);
      if (!row) continue;
      if (!as_made.has(index)) as_made.set(index, [row.className.replace(/ (now|chosen)/g, ""), one("b", row).textContent, [...spoken.childNodes]]);
      const [look, name, inside] = as_made.get(index);
      const colour = base.colours[t.who], kept = ["now", "chosen"].filter((c) => row.classList.contains(c));
      row.className = t.who === base.turns[index].who ? look : `c${colour >= 0 ? colour % 12 : "n"}`;
      row.classList.add(...kept, ...(differs.has(index) ? ["differs"] : []), ...(t.gone ? ["gone"] : []));
      one("b", row).textContent = t.who === base.turns[index].who ? name : nameOf(t.who);
      if (t.text === base.turns[index].text) spoken.replaceChildren(...inside);
      else spoken.textContent = t.text;
    }
    changed = differs;
    if (chosen !== null) tools();
  }

  const others = () => base.people.map((p) => [p.id, p.key ? `${p.key} ${p.name}` : p.name]);
  function showVoices() {
    const list = now.voices.map((v) => {
      const to = [["", words.who], ...others(), ...now.voices.filter((x) => x.label !== v.label).map((x) => [x.label, fill(words.same_as, { voice: x.label })])];
      const known = base.people.some((p) => p.id === v.who) ? v.who : "";
      return el("tr", { class: v.warnings.length ? "care" : false },
        el("th", { scope: "row" }, v.label),
        el("td", {}, v.clearest.map(([start, end], k) => button(`▶ ${clock(start)}`, () => stretch(start, end), { "aria-label": fill(words.hear_voice, { voice: v.label, n: k + 1, at: clock(start) }) }))),
        el("td", {}, select(fill(words.whose, { voice: v.label }), to, known, (who) => who && decide({ do: "name", voice: v.label, to: who }))),
        el("td", {}, `${Math.round(v.seconds)} s`),
        el("td", {}, warned(v), v.how === "given" && !v.warnings.length ? button(words.keep, () => change("keep", { voice: v.label }).then((done) => done && tell(words.kept)), { "aria-label": `${words.keep}: ${nameOf(v.who)}` }) : ""));
    });
    one(".voices tbody", root).replaceChildren(...list);
  }

  // --- what deserves a look: a voice, or turns whose words speak against their labels

  const warned = (v) => v.warnings.map((w) => fill(words[`warn_${w}`], { other: nameOf(v.like) })).join(" ");
  function looks() {
    const voices = now.voices.filter((v) => v.warnings.length).map((v) => [`${v.label}: ${warned(v)}`,
      v.clearest.map(([start, end], k) => button(`▶ ${clock(start)}`, () => stretch(start, end), { "aria-label": fill(words.hear_voice, { voice: v.label, n: k + 1, at: clock(start) }) }))]);
    const stands = (d) => {
      const turn = now.turns[d.turns[d.why === "answers_for" ? 1 : 0]];
      return turn && !turn.gone && turn.who === (d.why === "answers_for" ? d.other : d.who);
    };
    const said = base.doubts.filter(stands).map((d) => [
      fill(words[`doubt_${d.why === "own_name" && d.other ? "own_name_by" : d.why}`], { at: clock(now.turns[d.turns[0]].start), who: nameOf(d.who), other: d.other && nameOf(d.other) }),
      d.turns.map((index) => now.turns[index]).map((t) => button(`▶ ${clock(t.start)} ${nameOf(t.who)}`, () => { choose(t.index); stretch(t.start, t.end); }, { "aria-label": `${fill(words.hear_turn, { at: clock(t.start) })}, ${nameOf(t.who)}` }))]);
    return [...voices, ...said];
  }
  function showLooks() {
    const found = looks();
    one(".look", root).replaceChildren(...(found.length ? found.map(([text, places]) => el("li", {}, `${text} `, el("span", { class: "tools" }, places))) : [el("li", {}, words.nothing_odd)]));
  }
  function nextLook() {
    const all_looks = all(".look > li", root).filter((item) => one("button", item));
    const at = all_looks.findIndex((item) => item.contains(document.activeElement));
    const next = one("button", all_looks[(at + 1) % all_looks.length] ?? root);
    if (!all_looks.length) { tell(words.nothing_odd); return; }
    next.focus();
    next.closest("li").scrollIntoView({ block: "center" });
    next.click();
    next.focus({ preventScroll: true });
  }
  let until = null;
  function stretch(start, end) {
    if (!sound) { tell(words.no_sound); return; }
    until = end;
    sound.currentTime = start;
    sound.play().catch(() => {});
  }
  sound?.addEventListener("timeupdate", () => { if (until !== null && sound.currentTime >= until) { sound.pause(); until = null; } });
  sound?.addEventListener("pause", () => { until = null; });

  const targets = () => ["therapist", "member", "group"].map((t) => [t, words[`target_${t}`]]);
  function judged(m) {
    const note = el("textarea", { rows: 1, "aria-label": words.note, placeholder: words.note }, m.note ?? "");
    const say = (more) => decide({ do: "judge", moment: m.id, ...more });
    const here = () => say({ start: sound.currentTime, end: Math.max(m.end, sound.currentTime + 1) });
    return el("div", { class: "judge", role: "group", "aria-label": `${words.moment} ${clock(m.start)}` },
      el("div", {}, ["yes", "no", "unsure"].map((a) => button(words[a], () => say({ answer: a }), { "aria-pressed": String(m.answer === a) })),
        select(words.target, targets(), m.target, (t) => say({ target: t })), sound ? button(words.here, here) : null),
      note, button(words.keep_note, () => say({ note: note.value })),
      m.id in now.closed ? el("span", { class: "closed" }, words.closed) : button(words.close, () => decide({ do: "close", moment: m.id, note: note.value })));
  }
  function showMoments() {
    for (const old of all(".judge, .decided-start")) old.remove();
    for (const m of now.moments) {
      const place = m.number && one(`#moment-${m.number}`);
      if (place) (one(".box", place)?.closest("dd") ?? place).append(...(m.start === base.moments.find((x) => x.id === m.id).start ? [] : [el("p", { class: "decided-start" }, fill(words.begins, { at: clock(m.start) }))]), judged(m));
    }
    const marked = now.moments.filter((m) => !m.number);
    one(".marked", root).hidden = !marked.length;
    one(".marked-now", root).replaceChildren(...marked.map((m) => el("li", {}, `${clock(m.start)} ${nameOf(m.who)}: ${words[`kind_${m.kind}`]}${m.note ? `. ${m.note}` : ""}`)));
  }

  // --- one turn

  const events = ["backchannel", "interruption_successful", "interruption_unsuccessful", "cooperative_overlap", "terminal_overlap", "dual_start"];
  const kinds = () => events.map((k) => [k, words[`kind_${k}`]]);
  function choose(index, scroll = true) {
    if (chosen !== null) rows.get(chosen)?.classList.remove("chosen");
    one(".turn-tools")?.remove();
    chosen = index;
    const row = rows.get(index);
    if (index === null || !row) { chosen = null; return; }
    row.classList.add("chosen");
    tools();
    if (scroll) row.scrollIntoView({ block: "nearest" });
    else one(".turn-tools", row).scrollIntoView({ block: "nearest" });
  }
  function tools() {
    if (one(".turn-tools")?.contains(document.activeElement) && one(".turn-tools textarea")) return;
    one(".turn-tools")?.remove();
    const t = now.turns[chosen], span = { start: t.start, end: t.end, from: t.who };
    const mine = now.events.filter((e) => e[1] >= t.start - 1 && e[1] <= t.end + 1 && (e[3] === t.who || e[4] === t.who));
    const voices = [["", words.since], ...others(), ["+", words.new_voice]];
    const coming = [["", words.add_event], ...kinds()];
    const before = now.turns.filter((x) => x.start < t.start && x.who !== t.who).at(-1)?.who ?? null;
    rows.get(chosen).append(el("div", { class: "turn-tools", role: "group", "aria-label": fill(words.turn, { at: clock(t.start), who: nameOf(t.who) }) },
      el("div", { class: "tools" }, others().filter(([id]) => id !== t.who).map(([id, name]) => button(name, () => give(id), { "aria-label": fill(words.give, { who: name }) })),
        select(words.since, voices, "", (to) => to && decide({ do: "split", voice: t.voice, since: t.start, to: to === "+" ? "" : to }))),
      button(words.mend, mend), button(words.noise, () => decide({ do: "noise", ...span })), button(words.mark, mark),
      select(words.add_event, coming, "", (k) => k && decide({ do: "event", from: null, to: [k, t.start, Math.min(t.end, t.start + 1), t.who, before] })),
      mine.map((e) => el("span", { class: "event" }, el("span", {}, `${clock(e[1])} ${nameOf(e[3])}`),
        select(fill(words.event, { at: clock(e[1]), who: nameOf(e[3]) }), kinds(), e[0], (k) => decide({ do: "event", from: e, to: [k, ...e.slice(1)] })),
        button("×", () => decide({ do: "event", from: e, to: null }), { "aria-label": fill(words.no_event, { at: clock(e[1]), who: nameOf(e[3]) }) })))));
  }
  const target = () => chosen ?? Number(one(".said-all > li.now")?.dataset.turn ?? NaN);
  function give(who) {
    const t = now.turns[target()];
    if (t && t.who !== who) decide({ do: "give", start: t.start, end: t.end, from: t.who, to: who });
  }
  function asked(label, value, keep, more = []) {
    const text = el("textarea", { rows: 3, "aria-label": label, placeholder: label }, value);
    const done = () => { one(".turn-tools")?.remove(); document.activeElement?.blur(); choose(chosen); };
    const ok = async () => { if (await keep(text.value.trim())) done(); };
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); ok(); }
      if (event.key === "Escape") { event.stopPropagation(); done(); }
    });
    one(".turn-tools").replaceChildren(...more, text, button(words.apply, ok), button(words.cancel, done));
    text.focus();
    one(".turn-tools").scrollIntoView({ block: "nearest" });
  }
  function mend() {
    if (chosen === null) choose(target());
    const t = now.turns[chosen];
    asked(words.mend, t.text, (text) => decide({ do: "mend", start: t.start, end: t.end, from: t.who, text }));
  }
  function mark() {
    if (chosen === null) choose(target());
    const t = now.turns[chosen];
    let kind = "withdrawal";
    const choice = select(words.kind, momentKinds(), kind, (k) => { kind = k; });
    asked(words.note, "", (note) => decide({ do: "missed", ...asMoment(kind), start: t.start, end: t.end, participant: t.who, note }), [choice]);
  }

  // --- keys

  const step = (by) => {
    const shown = now.turns.filter((t) => rows.get(t.index) && !rows.get(t.index).hidden), at = target();
    const k = shown.findIndex((t) => t.index === at);
    const next = shown[Math.min(shown.length - 1, Math.max(0, k < 0 ? 0 : k + by))];
    if (!next) return;
    choose(next.index);
    one("a.hear", rows.get(next.index))?.focus({ preventScroll: true });
  };
  const acts = { ...player, w: nextLook, u: () => change("undo"), e: mend, m: mark, s: save,
    n: () => { const t = now.turns[target()]; if (t) decide({ do: "noise", start: t.start, end: t.end, from: t.who }); },
    p: () => { const t = now.turns[target()]; if (t) stretch(t.start, t.end); } };
  document.addEventListener("keydown", (event) => {
    if (!now || !isKey(event)) return;
    const digit = /^Digit(\d)$/.exec(event.code)?.[1], t = now.turns[target()];
    const who = digit && base.people.find((p) => p.key === digit)?.id;
    if (who && t) { if (event.shiftKey) decide({ do: "name", voice: t.voice, to: who }); else give(who); }
    else if (event.key === "U") change("redo");
    else if (event.key === "Escape") choose(null);
    else if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (!event.shiftKey && acts[event.key] && (!"emn".includes(event.key) || t)) acts[event.key]();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  one(".said-all")?.addEventListener("click", (event) => {
    const row = event.target.closest("li");
    if (row && !event.target.closest(".turn-tools")) choose(Number(row.dataset.turn), false);
  });

  // --- the bar and the parts

  function build() {
    const act = (key, text, what) => button(text, what, { "data-key": key, "aria-keyshortcuts": key === "U" ? "Shift+U" : key });
    root.append(
      el("div", { class: "bar-review", role: "toolbar", "aria-label": words.title },
        el("b", {}, words.title), act("s", words.save, save), act("u", words.undo, () => change("undo")), act("U", words.redo, () => change("redo")),
        el("span", { "data-pending": true }), news),
      el("p", { class: "small" }, words.intro), el("p", { class: "small" }, words.keys_help), keysToggle(),
      el("h2", {}, words.look), el("ul", { class: "look" }),
      el("h2", {}, words.voices),
      el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": words.voices }, el("table", { class: "voices" },
        el("thead", {}, el("tr", {}, ["voice", "clearest", "person", "talk", "care"].map((c) => el("th", { scope: "col" }, words[`column_${c}`])))), el("tbody"))),
      el("h2", { class: "marked", hidden: true }, words.marked), el("ul", { class: "marked-now" }),
      el("details", { class: "decisions", hidden: true }, el("summary", {}, words.decisions), el("ol")));
  }
  begin(build, (state) => {
    const { operations, applied, undone, ...model } = state;
    [base, decided] = [model, { operations, applied, undone }];
    show();
    const place = JSON.parse(sessionStorage.getItem("place") ?? "null");
    sessionStorage.removeItem("place");
    if (place) {
      if (sound) sound.currentTime = place[0];
      scrollTo(0, place[1]);
      if (place[2] !== null) choose(place[2], false);
      tell(words.saved);
    }
  });
})();
