// The synced player: one video, a skeleton over it, and a cursor that it shares with Plotly charts.
// Nothing here ever asks Streamlit for a rerun; Streamlit calls `update` when a page's data changed.

const players = new WeakMap(); // the component's root -> its player, which outlives reruns

export default function mount({ data, parentElement: root }) {
  let player = players.get(root);
  if (!player) {
    player = new Player(root);
    players.set(root, player);
  }
  player.update(data);
  window.__player = player; // for the browser tests
  // Streamlit may call this before it calls mount again: only a root that is gone is the end.
  return () => setTimeout(() => player.host.isConnected || player.destroy());
}

class Player {
  constructor(root) {
    this.host = root.host ?? root;
    this.find = (selector) => root.querySelector(selector);
    this.box = this.find(".player");
    this.video = this.find("video");
    this.canvas = this.find("canvas");
    this.pen = this.canvas.getContext("2d");
    this.data = {};
    this.poses = null; // what `readPoses` returns
    this.loop = null; // the rep that is being repeated
    this.shown_s = 0; // where the cursor is
    this.frame_s = 0; // the time of the frame on the screen
    this.heads = new Map(); // chart -> {line, detach}
    this.chips = [];
    this.ending = new AbortController(); // takes every listener with it
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.listen();
  }

  // --- data from the page ----------------------------------------------------------------------

  update(data) {
    const before = this.data;
    this.data = data;
    if (data.url !== before.url) this.load(data);
    if (data.posesUrl !== before.posesUrl) this.fetchPoses(data);
    if (JSON.stringify([data.reps, data.segments]) !== JSON.stringify([before.reps, before.segments])) {
      this.loop = null;
      this.showReps();
      this.showMarks();
    }
    this.showGhost();
    if (data.seekS !== null && (data.seekId !== before.seekId || data.seekS !== before.seekS)) this.seek(data.seekS);
    this.draw();
  }

  load({ url, size: [width, height] }) {
    this.find(".problem").hidden = true;
    this.find(".stage").style.cssText = `aspect-ratio:${width}/${height};width:min(100%,calc(60vh*${width / height}))`;
    this.video.src = url;
  }

  async fetchPoses({ posesUrl, joints, frames }) {
    this.poses = null;
    const button = this.find(".skeleton");
    button.disabled = true;
    try {
      const answer = await fetch(posesUrl, { signal: this.ending.signal });
      if (!answer.ok) throw new Error(answer.status);
      const bytes = await answer.arrayBuffer();
      if (posesUrl !== this.data.posesUrl) return; // another clip was opened in the meantime
      this.poses = readPoses(bytes, frames, joints);
      button.disabled = false;
      this.draw();
    } catch (error) {
      if (error.name !== "AbortError") this.say("The skeleton could not be loaded. Open the analysis again.");
    }
  }

  showReps() {
    this.chips = this.data.reps.map((rep) => {
      const chip = document.createElement("button");
      chip.className = rep.verdict;
      chip.append(make("span", "sign", rep.sign), make("b", "", rep.title), make("small", "", [rep.word, rep.label].filter(Boolean).join(": ")));
      chip.setAttribute("aria-label", rep.spoken);
      chip.addEventListener("click", () => this.toggleLoop(rep));
      return chip;
    });
    this.find(".reps").replaceChildren(...this.chips);
  }

  showMarks() {
    const bar = (kind, from, to, title) => {
      const mark = make("i", kind, "");
      mark.title = title;
      mark.style.left = `${(100 * from) / this.data.durationS}%`;
      mark.style.width = `${(100 * (to - from)) / this.data.durationS}%`;
      return mark;
    };
    this.find(".marks").replaceChildren(
      ...this.data.segments.map((part) => bar("segment", part.startS, part.endS, part.label)),
      ...this.data.reps.map((rep) => {
        const mark = bar(`rep ${rep.verdict}${rep.whole ? "" : " partial"}`, rep.startS, rep.endS, `${rep.title}: ${rep.word}`);
        mark.append(make("span", "", rep.sign));
        return mark;
      }),
    );
  }

  showGhost() {
    const button = this.find(".ghost");
    button.hidden = this.find(".ghost-key").hidden = !this.data.ghost;
    if (!this.data.ghost) button.setAttribute("aria-pressed", false);
  }

  // --- what the user does ----------------------------------------------------------------------

  listen() {
    const on = (target, names, act) => {
      for (const name of names.split(" ")) target.addEventListener(name, act, { signal: this.ending.signal });
    };
    const { video } = this;
    on(this.find(".play"), "click", () => this.togglePlay());
    on(video, "click", () => this.togglePlay());
    on(this.find(".back"), "click", () => this.step(-1));
    on(this.find(".forth"), "click", () => this.step(1));
    on(this.find(".seek"), "input", (event) => this.seek(Number(event.target.value)));
    for (const button of this.box.querySelectorAll("[data-rate]")) on(button, "click", () => this.setRate(Number(button.dataset.rate)));
    on(this.find(".skeleton"), "click", () => this.toggleSkeleton());
    on(this.find(".ghost"), "click", () => this.toggleGhost());
    on(this.box, "keydown", (event) => this.press(event));
    on(video, "play pause ended", () => this.showPlaying());
    on(video, "seeking seeked loadeddata durationchange", () => this.showTime(video.currentTime));
    on(video, "error", () => this.fail());
    on(video, "ended", () => this.loop && this.repeat());
    const size = new ResizeObserver(() => this.draw());
    size.observe(this.find(".stage"));
    // Charts that are mounted late, drawn again or zoomed are found at the next look.
    const looking = setInterval(() => this.drawHeads(), 400);
    this.ending.signal.addEventListener("abort", () => (size.disconnect(), clearInterval(looking)));
    this.followFrames();
  }

  followFrames() {
    // requestVideoFrameCallback knows the very frame on screen; older browsers poll while playing.
    const exact = "requestVideoFrameCallback" in this.video;
    const next = exact ? (act) => this.video.requestVideoFrameCallback(act) : requestAnimationFrame.bind(window);
    const tick = (_now, frame) => {
      if (this.ending.signal.aborted) return;
      this.frame_s = exact ? frame.mediaTime : this.video.currentTime;
      if (!this.video.paused) this.showTime(this.frame_s);
      else if (exact) this.drawSkeleton();
      next(tick);
    };
    next(tick);
  }

  press(event) {
    const onButton = event.composedPath()[0].closest("button");
    if (event.ctrlKey || event.metaKey || event.altKey || (onButton && (event.key === " " || event.key === "Enter"))) return;
    const act = {
      " ": () => this.togglePlay(),
      k: () => this.togglePlay(),
      g: () => this.toggleGhost(),
      ArrowLeft: () => (event.shiftKey ? this.seek(this.video.currentTime - 1) : this.step(-1)),
      ArrowRight: () => (event.shiftKey ? this.seek(this.video.currentTime + 1) : this.step(1)),
      ArrowUp: () => this.goToRep(-1),
      ArrowDown: () => this.goToRep(1),
      Home: () => this.seek(0),
      End: () => this.seek(this.duration),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has keys of its own
    act();
  }

  get duration() {
    return Number.isFinite(this.video.duration) ? this.video.duration : (this.data.durationS ?? 0);
  }

  seek(time_s) {
    const target = Math.min(Math.max(0, time_s), this.duration);
    if (this.loop && (target < this.loop.startS - 0.05 || target > this.loop.endS + 0.05)) this.setLoop(null);
    this.video.currentTime = target;
    this.showTime(target);
  }

  step(by) {
    this.video.pause();
    const times = this.poses?.time_s;
    if (!times?.length) return this.seek(this.video.currentTime + by / 30);
    const i = Math.min(Math.max(0, frameAt(times, this.frame_s) + by), times.length - 1);
    // A little into the frame, or rounding would show the one before.
    const inside = i + 1 < times.length ? 0.3 * (times[i + 1] - times[i]) : 0.001;
    this.seek(times[i] + Math.min(inside, 0.01));
  }

  togglePlay() {
    this.video.paused ? this.play() : this.video.pause();
  }

  play() {
    // A rejected promise needs no message here: `fail` reports a clip that cannot be played.
    this.video.play().catch(() => {});
  }

  setRate(rate) {
    this.video.playbackRate = rate;
    this.video.defaultPlaybackRate = rate; // survives a new clip
    for (const button of this.box.querySelectorAll("[data-rate]")) button.setAttribute("aria-pressed", Number(button.dataset.rate) === rate);
  }

  toggleSkeleton() {
    const button = this.find(".skeleton");
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    this.draw();
  }

  toggleGhost() {
    if (!this.data.ghost) return;
    const button = this.find(".ghost");
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    this.draw();
  }

  toggleLoop(rep) {
    if (this.loop === rep) return this.setLoop(null);
    this.setLoop(rep);
    // For users who asked for less motion: show the lowest point and let them press play.
    if (this.calm.matches) return this.seek(rep.bottomS);
    this.repeat();
    this.play();
  }

  setLoop(rep) {
    this.loop = rep;
    this.data.reps.forEach((other, i) => this.chips[i].setAttribute("aria-pressed", other === rep));
    this.say(rep ? `Repeating ${rep.title.toLowerCase()}. Choose it again to stop repeating.` : "");
  }

  repeat() {
    const wasEnded = this.video.ended;
    this.seek(this.loop.startS);
    if (wasEnded) this.play();
  }

  goToRep(by) {
    const { reps } = this.data;
    const here = this.video.currentTime + 0.05;
    const next = by > 0 ? reps.find((rep) => rep.startS > here) : reps.findLast((rep) => rep.endS < here || rep.startS < here - 0.5);
    if (!next) return;
    if (this.loop) this.setLoop(next);
    this.seek(next.startS);
  }

  // --- what is shown ---------------------------------------------------------------------------

  showTime(time_s) {
    if (this.loop && !this.video.paused && !this.video.seeking && time_s >= this.loop.endS) return this.repeat();
    this.shown_s = time_s;
    this.draw();
  }

  showPlaying() {
    const button = this.find(".play");
    button.classList.toggle("playing", !this.video.paused);
    button.setAttribute("aria-label", this.video.paused ? "Play" : "Pause");
  }

  draw() {
    if (!this.data.reps) return;
    this.drawSkeleton();
    this.drawHeads();
    const now = this.shown_s, { reps } = this.data;
    const slider = this.find(".seek");
    slider.max = this.duration;
    slider.value = now;
    slider.style.setProperty("--done", `${(100 * now) / (this.duration || 1)}%`);
    slider.setAttribute("aria-valuetext", `${now.toFixed(1)} of ${this.duration.toFixed(1)} seconds`);
    setText(this.find(".time"), `${clock(now)} / ${clock(this.duration)}`);
    const full = reps.filter((rep) => rep.whole);
    const current = reps.find((rep) => now >= rep.startS && now < rep.endS);
    setText(this.find(".count"), full.length ? `Count ${full.filter((rep) => rep.endS <= now).length}` : "");
    setText(this.find(".now"), current ? `${current.sign} ${current.title}` : "");
    setText(this.find(".pale"), this.ghostNow(now) ? this.data.ghost.words : "");
    reps.forEach((rep, i) => setAttribute(this.chips[i], "aria-current", String(rep === current)));
  }

  // What is to be seen of the best rep at a time: its own time, and where it lies; else nothing.
  ghostNow(time_s) {
    const { ghost, reps } = this.data;
    if (!ghost || this.find(".ghost").getAttribute("aria-pressed") !== "true") return null;
    const index = reps.findIndex((rep) => time_s >= rep.startS && time_s < rep.endS);
    const place = ghost.places[index];
    if (!place) return null;
    const rep = reps[index], best = reps[ghost.rep];
    // As far on the way out, or on the way back, as the other: both turn at the same moment.
    const back = time_s >= rep.bottomS;
    const [from, to] = back ? [rep.bottomS, rep.endS] : [rep.startS, rep.bottomS];
    const [first, last] = back ? [best.bottomS, best.endS] : [best.startS, best.bottomS];
    const share = to > from ? (time_s - from) / (to - from) : 0;
    return { time_s: first + share * (last - first), place };
  }

  drawSkeleton() {
    const { canvas, pen, video, poses } = this;
    const { width, height } = this.find(".stage").getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const ghost = this.ghostNow(this.frame_s);
    const skeleton = this.find(".skeleton").getAttribute("aria-pressed") === "true";
    if (!poses?.time_s.length || !video.videoWidth || !(skeleton || ghost)) return;
    const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
    const [w, h] = [video.videoWidth * scale, video.videoHeight * scale];
    const [left, top] = [(width - w) / 2, (height - h) / 2];
    const place = (joint, x, y) => ({ x: left + x * w, y: top + y * h, seen: joint.seen });
    const thick = Math.max(2, Math.min(w, h) / 110);
    if (ghost) {
      const [heldX, heldY, toX, toY, size] = ghost.place;
      const moved = poses.joints(frameAt(poses.time_s, ghost.time_s)).map((joint) => joint && place(joint, toX + size * (joint.x - heldX), toY + size * (joint.y - heldY)));
      drawFigure(pen, moved, this.data.bones.map(([from, to]) => [from, to, "ghost"]), thick, 0.9);
    }
    if (!skeleton) return;
    const joints = poses.joints(frameAt(poses.time_s, this.frame_s)).map((joint) => joint && place(joint, joint.x, joint.y));
    drawFigure(pen, joints, this.data.bones, thick, 1);
  }

  // --- the cursor in the charts ----------------------------------------------------------------

  get charts() {
    const keys = this.data.chartKeys ?? [];
    if (!keys.length) return [];
    return [...document.querySelectorAll(keys.map((key) => `.st-key-${CSS.escape(key)} .js-plotly-plot`).join())];
  }

  drawHeads() {
    const charts = this.charts;
    for (const [chart, head] of this.heads) {
      if (charts.includes(chart)) continue;
      head.detach();
      this.heads.delete(chart);
    }
    const colour = getComputedStyle(this.host).getPropertyValue("--st-text-color") || "#808080";
    for (const chart of charts) {
      // Plotly's private layout is the only one that knows where the axis lies (a test guards it).
      const axis = chart._fullLayout?.xaxis, size = chart._fullLayout?._size;
      if (!axis?.d2p || !size) continue;
      if (!this.heads.has(chart)) this.heads.set(chart, this.attach(chart));
      const { line } = this.heads.get(chart);
      if (line.parentNode !== chart) chart.append(line); // Plotly emptied the chart
      const x = axis._offset + axis.d2p(this.shown_s);
      line.hidden = !(x >= size.l - 1 && x <= size.l + size.w + 1);
      line.style.cssText = `position:absolute;left:-1px;top:${size.t}px;height:${size.h}px;width:2px;z-index:5;pointer-events:none;background:${colour};transform:translateX(${x.toFixed(1)}px)`;
    }
  }

  attach(chart) {
    const line = make("div", "playhead", "");
    const detaching = new AbortController();
    const on = (target, name, act, options = {}) => target.addEventListener(name, act, { signal: detaching.signal, ...options });
    const timeAt = (event) => chart._fullLayout.xaxis.p2d(event.clientX - chart.getBoundingClientRect().left - chart._fullLayout._size.l);
    const inside = (event) => {
      const { l, t, w, h } = chart._fullLayout._size, corner = chart.getBoundingClientRect();
      const x = event.clientX - corner.left - l, y = event.clientY - corner.top - t;
      return x >= 0 && x <= w && y >= 0 && y <= h && !event.target.closest(".modebar, .legend");
    };
    let from = null; // where the press began
    const scrubs = () => chart._fullLayout.dragmode === false; // else dragging zooms or pans
    on(chart, "pointerdown", (event) => {
      from = event.button === 0 && inside(event) ? event : null;
      if (from && scrubs() && event.pointerType === "mouse") this.seek(timeAt(event));
    }, { capture: true });
    on(window, "pointermove", (event) => {
      if (from && scrubs() && event.pointerId === from.pointerId) this.seek(timeAt(event));
    }, { capture: true });
    on(window, "pointerup", (event) => {
      if (from?.pointerId === event.pointerId && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < 6) this.seek(timeAt(event));
      from = null;
    }, { capture: true });
    on(window, "pointercancel", () => (from = null)); // the browser took it for scrolling
    const style = chart.style.touchAction;
    if (scrubs()) chart.style.touchAction = "pan-y";
    chart.append(line);
    const detach = () => {
      detaching.abort();
      line.remove();
      chart.style.touchAction = style;
    };
    return { line, detach };
  }

  // --- the end ---------------------------------------------------------------------------------

  fail() {
    const problem = this.find(".problem");
    const missing = this.video.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED && !this.video.videoWidth;
    problem.textContent = missing
      ? "The clip could not be loaded. Analyse it again, or try another browser."
      : "The clip stopped playing. Load the page again.";
    problem.hidden = false;
  }

  say(words) {
    setText(this.find(".status"), words);
  }

  destroy() {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    for (const { detach } of this.heads.values()) detach();
    this.heads.clear();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load(); // gives up the download
    players.delete(this.host.shadowRoot ?? this.host);
    if (window.__player === this) delete window.__player;
  }
}

function clock(time_s) {
  const minutes = Math.floor(time_s / 60);
  return `${minutes}:${(time_s - 60 * minutes).toFixed(2).padStart(5, "0")}`;
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
