// The recorder: preview, countdown, recording, and the file into Streamlit's uploader.
// Nothing here asks Streamlit for a rerun; the uploader does, once it has the file.

const recorders = new WeakMap(); // the component's root -> its recorder, which outlives reruns

export default function mount({ data, parentElement: root }) {
  let recorder = recorders.get(root);
  if (!recorder) {
    recorder = new Recorder(root);
    recorders.set(root, recorder);
  }
  recorder.data = data;
  window.__recorder = recorder; // for the browser tests
  // Streamlit may call this before it calls mount again: only a root that is gone is the end.
  return () => setTimeout(() => recorder.host.isConnected || recorder.destroy());
}

// Safari and newer Chromes write MP4; Firefox and older Chromes WebM.
const KINDS = [
  ["video/mp4;codecs=avc1.42E01F", "mp4"],
  ["video/mp4", "mp4"],
  ["video/webm;codecs=vp8", "webm"],
  ["video/webm", "webm"],
];
const BITS_PER_S = 2_500_000;
const CANNOT = "This browser cannot record. Record with your camera app and choose the file instead.";
const LABELS = {
  closed: "Open the camera",
  opening: "Opening the camera …",
  open: "Record",
  counting: "Cancel",
  recording: "Stop and analyse",
  saving: "Stop and analyse",
};

class Recorder {
  constructor(root) {
    this.host = root.host ?? root;
    this.find = (selector) => root.querySelector(selector);
    this.video = this.find("video");
    this.data = {};
    this.state = "closed"; // one of LABELS
    this.stream = null;
    this.recording = null; // the MediaRecorder at work
    this.url = null; // of the last recording
    this.lock = null; // a promise of the lock that keeps the screen on
    this.ticking = null;
    this.ending = new AbortController(); // takes every listener with it
    const on = (target, name, act) => target.addEventListener(name, act, { signal: this.ending.signal });
    on(this.find(".main"), "click", () => this.press());
    on(this.find(".close"), "click", () => this.closeCamera());
    on(this.video, "resize", () => this.fitStage());
// If the user leaves the page or locks the phone, filming stops.
    on(document, "visibilitychange", () => document.hidden && this.leave());
    on(window, "pagehide", () => this.leave());
  }

  press() {
    const act = { closed: this.openCamera, open: this.countDown, counting: this.rest, recording: this.stop }[this.state];
    act?.call(this);
  }

  // --- the camera ------------------------------------------------------------------------------

  async openCamera() {
    this.show("opening");
    this.say("");
    this.complain("");
    let stream;
    try {
      stream = await askForCamera(this.data.facing);
    } catch (error) {
      if (this.ending.signal.aborted) return;
      this.show("closed");
      this.complain(this.explain(error));
      return;
    }
    if (document.hidden || this.ending.signal.aborted) { // answered after the page was left
      stopTracks(stream);
      return this.show("closed");
    }
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => this.loseCamera(stream));
    this.video.srcObject = stream;
    // A camera that looks away from its user is no mirror.
    this.video.classList.toggle("mirrored", track.getSettings().facingMode !== "environment");
    this.show("open");
    this.say("Step back until your whole body is in the picture, then start recording.");
  }

  closeCamera() {
    clearInterval(this.ticking);
    if (this.stream) stopTracks(this.stream);
    this.stream = null;
    this.video.srcObject = null;
    this.show("closed");
    this.say("");
  }

  loseCamera(stream) {
    if (stream !== this.stream) return;
    if (this.state === "recording") return this.stop();
    if (this.state === "saving") return;
    this.closeCamera();
    this.complain(this.data.explanations.no_camera);
  }

  leave() {
    if (this.state === "recording") this.stop();
    else if (this.state !== "opening" && this.state !== "saving") this.closeCamera();
  }

  explain({ name }) {
    const insecure = name === "insecure" && !window.isSecureContext;
    return this.data.explanations[insecure ? "insecure" : (this.data.stateOfError[name] ?? "other")];
  }

  // --- the recording ---------------------------------------------------------------------------

  countDown() {
    const until = performance.now() + 1000 * this.data.countdownS;
    const tick = () => {
      const left_s = Math.ceil((until - performance.now()) / 1000);
      if (left_s <= 0) return this.record();
      setText(this.find(".countdown"), String(left_s));
    };
    this.show("counting");
    this.say("Walk into the picture.");
    this.tick(tick);
  }

  rest() {
    clearInterval(this.ticking);
    this.show("open");
    this.say("Not recorded.");
  }

  record() {
    clearInterval(this.ticking);
    const [type, ending] = KINDS.find(([type]) => window.MediaRecorder?.isTypeSupported(type)) ?? [];
    if (!type) return this.giveUp(CANNOT);
    const parts = [];
    const recording = (this.recording = new MediaRecorder(this.stream, { mimeType: type, videoBitsPerSecond: BITS_PER_S }));
    const name = `recording-${stamp(new Date())}.${ending}`;
    recording.addEventListener("dataavailable", ({ data }) => data.size && parts.push(data));
    recording.addEventListener("stop", () => this.finish(new File(parts, name, { type: type.split(";")[0] })));
    this.forget();
    try {
      recording.start(1000); // in pieces: so that what was filmed is kept if something fails
    } catch {
      return this.giveUp(CANNOT);
    }
    this.start_ms = performance.now();
    this.show("recording");
    this.say("Recording. Press the button when your set is done.");
    this.tick(() => {
      const length_s = (performance.now() - this.start_ms) / 1000;
      setText(this.find(".length"), clock(length_s));
      if (length_s >= this.data.longestS) this.stop();
    });
  }

  stop() {
    if (this.state !== "recording") return;
    clearInterval(this.ticking);
    this.show("saving");
    this.length_s = (performance.now() - this.start_ms) / 1000;
    // A camera that vanished has stopped it already.
    if (this.recording.state !== "inactive") this.recording.stop();
  }

  finish(file) {
    if (this.ending.signal.aborted) return;
    this.stop(); // where the browser ended it by itself
    this.recording = null;
    this.closeCamera();
    if (!file.size) return this.complain("Nothing was recorded. Try again, or choose a file.");
    this.url = URL.createObjectURL(file);
    const link = this.find(".save");
    [link.href, link.download, link.hidden] = [this.url, file.name, false];
    const length = clock(this.length_s);
    if (this.handOver(file)) this.say(`Recorded ${length} and sent to be analysed.`);
    else this.complain(`Recorded ${length}, but the page did not accept it. Save the recording, then choose it as a file.`);
  }

  // Gives the file to Streamlit's uploader as a person would, who chose it there.
  handOver(file) {
    const key = this.data.uploaderKey.trim().replace(/[^a-zA-Z0-9_-]/g, "-"); // as Streamlit does
    const input = document.querySelector(`.st-key-${key} input[type=file]`);
    if (!input || input.disabled || !accepts(input, file)) return false;
    const choice = new DataTransfer();
    choice.items.add(file);
    input.files = choice.files;
    if (input.files.length !== 1) return false;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  forget() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.find(".save").hidden = true;
  }

  // --- what is shown ---------------------------------------------------------------------------

  tick(act) {
    clearInterval(this.ticking);
    this.ticking = setInterval(act, 100);
    act();
  }

  show(state) {
    this.state = state;
    const button = this.find(".main");
    setText(button, LABELS[state]);
    // Not `disabled`: that would take the keyboard's focus away.
    button.setAttribute("aria-disabled", String(state === "opening" || state === "saving"));
    button.classList.toggle("recording", state === "recording");
    this.find(".stage").hidden = state === "closed" || state === "opening";
    this.find(".close").hidden = state !== "open";
    this.find(".countdown").hidden = state !== "counting";
    this.find(".length").hidden = state !== "recording";
    this.keepAwake(state === "counting" || state === "recording");
  }

  // A phone that is put down goes dark, and a dark one films no longer.
  keepAwake(wanted) {
    if (wanted) this.lock ??= navigator.wakeLock?.request("screen").catch(() => null);
    else {
      this.lock?.then((lock) => lock?.release());
      this.lock = null;
    }
  }

  fitStage() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (width) this.find(".stage").style.cssText = `aspect-ratio:${width}/${height};width:min(100%,calc(60vh*${width / height}))`;
  }

  giveUp(words) {
    this.closeCamera();
    this.complain(words);
  }

  say(words) {
    setText(this.find(".status"), words);
  }

  complain(words) {
    setText(this.find(".problem"), words);
    this.find(".problem").hidden = !words;
  }

  destroy() {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    if (this.recording && this.recording.state !== "inactive") this.recording.stop();
    this.closeCamera();
    this.forget();
    if (window.__recorder === this) delete window.__recorder;
  }
}

async function askForCamera(facing) {
  if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: "insecure" });
  const video = { width: { ideal: 1280 }, height: { ideal: 720 } };
  // A phone or tablet has one on each side.
  if (matchMedia("(pointer: coarse)").matches) video.facingMode = { ideal: facing };
  return navigator.mediaDevices.getUserMedia({ video, audio: false });
}

function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

// Whether an input's `accept` (endings and kinds of files, by commas) lets a file in.
function accepts(input, file) {
  const rules = input.accept.split(",").map((rule) => rule.trim().toLowerCase()).filter(Boolean);
  return !rules.length || rules.some((rule) => (rule.startsWith(".") ? file.name.endsWith(rule) : rule === file.type || rule === "video/*"));
}

function stamp(now) {
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}`;
}

function clock(length_s) {
  const whole = Math.floor(length_s);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
