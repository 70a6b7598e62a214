
// Learn from the session: mark moments while listening, then see them beside those that were proposed.
(() => {
  let model = null, decided = null;
  const nameOf = (who) => model.names[who] ?? who;
  const hear = (at) => { if (sound) { sound.currentTime = Math.max(0, at - 5); sound.play().catch(() => {}); } else tell(words.no_sound); };
  const place = (at) => button(`▶ ${clock(at)}`, () => hear(at), { "aria-label": `${words.listen} ${clock(at)}` });

  async function change(what, value = {}) {
    const told = await ask(what, value);
    if (told) { decided = told; inPlace(show); }
    return Boolean(told);
  }
  const heard = () => {
    const row = one(".said-all > li.chosen") ?? one(".said-all > li.now");
    return model.turns.find((t) => t.index === Number(row?.dataset.turn)) ?? null;
  };
  async function mark() {
    const t = heard();
    if (!t) { tell(words.first_listen); return; }
    const kind = one('[name="kind"]', root).value, note = one("textarea", root);
    const kept = await change("mark", { ...asMoment(kind), start: t.start, end: t.end, participant: t.who, note: note.value.trim() });
    if (kept) { tell(`${words.marked_at} ${clock(t.start)}`); note.value = ""; }
  }

  function show() {
    one(".marks", root).replaceChildren(...decided.marks.map((m) => el("li", {}, place(m.start), ` ${nameOf(m.participant)}: ${words[`kind_${m.subtype ?? m.kind}`]}. ${m.note} `,
      button(words.unmark, () => change("unmark", { id: m.id }), { "aria-label": `${words.unmark}: ${clock(m.start)}` }))));
    const both = decided.both;
    one(".shown", root).hidden = !both;
    if (!both) return;
    const mine = (id) => decided.marks.find((m) => m.id === id), said = (m) => [place(m.start), ` ${words[`kind_${m.subtype ?? m.kind}`]} `, m.note];
    const theirs = (f) => [place(f.start), ` ${words[`kind_${f.kind}`]}, ${f.who}: “${f.quote}”`];
    const lines = [
      ...both.both.map(([id, f]) => [words.both, said(mine(id)), theirs(f)]),
      ...both.own.map((id) => [words.only_you, said(mine(id)), ""]),
      ...both.others.map((f) => [words.only_program, "", theirs(f)]),
    ];
    one(".beside tbody", root).replaceChildren(...lines.map(([what, a, b]) => el("tr", {}, el("th", { scope: "row" }, what), el("td", {}, a), el("td", {}, b))));
    const counts = { both: both.both.length, own: both.own.length, others: both.others.length };
    one(".agree", root).textContent = fill(words.agree, counts) + (both.kappa === null ? "" : ` ${fill(words.kappa, { kappa: both.kappa.toFixed(2) })}`);
  }

  document.addEventListener("keydown", (event) => {
    const act = { ...player, m: mark }[event.key];
    if (!act || !model || event.shiftKey || !isKey(event)) return;
    act();
    event.preventDefault();
  });
  one(".said-all")?.addEventListener("click", (event) => {
    const row = event.target.closest("li");
    one(".said-all > li.chosen")?.classList.remove("chosen");
    row?.classList.add("chosen");
  });

  function build() {
    const kind = select(words.kind, momentKinds(), "withdrawal", () => {});
    kind.name = "kind";
    root.append(
      el("div", { class: "bar-review", role: "toolbar", "aria-label": words.learn_title },
        el("b", {}, words.learn_title), button(words.mark, mark, { "aria-keyshortcuts": "m" }), kind,
        el("textarea", { rows: 1, "aria-label": words.note, placeholder: words.note }), button(words.reveal, () => change("reveal"), { "data-key": "reveal" }), news),
      el("p", { class: "small" }, words.learn_intro), keysToggle(), el("h2", {}, words.your_marks), el("ul", { class: "marks" }),
      el("div", { class: "shown", hidden: true }, el("h2", {}, words.beside), el("p", { class: "agree" }),
        el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": words.beside }, el("table", { class: "beside" },
          el("thead", {}, el("tr", {}, ["column_agree", "column_you", "column_program"].map((c) => el("th", { scope: "col" }, words[c])))), el("tbody")))));
  }
  begin(build, (state) => {
    [model, decided] = [state, { marks: state.marks, both: state.both }];
    show();
  });
})();
