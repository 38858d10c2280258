// The voice: speaks each new number's words once, or plays a tone where there is no voice for them.
// Streamlit calls `mount` with every new piece of data, several times a second.

const voices = new WeakMap(); // the component's root -> its voice, which outlives reruns

export default function mount({ data, parentElement: root }) {
  let voice = voices.get(root);
  if (!voice) {
    voice = new Voice(root, data.number);
    voices.set(root, voice);
  }
  voice.update(data);
  // Streamlit may call this before it calls mount again: only a root that is gone is the end.
  return () => setTimeout(() => voice.host.isConnected || voice.destroy());
}

// Tones as [pitch in Hz, start, length in seconds].
const TONES = {
  count: [[1320, 0, 0.1]],
  cue: [[330, 0, 0.16], [262, 0.22, 0.2]],
  done: [[523, 0, 0.14], [659, 0.18, 0.14], [784, 0.36, 0.26]],
};
const RATE = 1.15; // a count has to be over before the next rep
const LATE_MS = 1000; // a tone later than this would be taken for another rep's
const LINGER_MS = 2000; // the last tones may outlast the component

class Voice {
  constructor(root, number) {
    this.host = root.host ?? root;
    // Even an empty element would leave a gap in Streamlit's column.
    this.host.closest(".stElementContainer")?.style.setProperty("display", "none");
    this.number = number; // the last one spoken; the first is an old one
    this.context = null;
    this.ending = new AbortController();
    window.speechSynthesis?.getVoices(); // browsers load their voices when first asked for them
    // Browsers let a page make sounds only after the user has touched it.
    for (const name of ["pointerdown", "keydown"])
      window.addEventListener(name, () => this.wakeSound(), { capture: true, signal: this.ending.signal });
  }

  update({ words, number, sound }) {
    if (number === this.number) return;
    this.number = number;
    if (!number) return;
    const voice = findVoice();
    if (voice && words) this.speak(words, voice, sound);
    else this.play(sound);
  }

  speak(words, voice, sound) {
    const speech = window.speechSynthesis;
    if (speech.speaking || speech.pending) speech.cancel();
    const utterance = new SpeechSynthesisUtterance(words);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.rate = RATE;
    utterance.addEventListener("error", ({ error }) => {
      if (this.utterance === utterance && error !== "canceled" && error !== "interrupted") this.play(sound);
    });
    this.utterance = utterance; // some browsers drop an utterance without a reference
    speech.speak(utterance);
  }

  async play(sound) {
    const asked = performance.now();
    await this.wakeSound();
    const { context } = this;
    if (context?.state !== "running" || performance.now() - asked > LATE_MS) return;
    for (const [hertz, after, length] of TONES[sound]) {
      const tone = context.createOscillator(), volume = context.createGain();
      const start = context.currentTime + after, end = start + length;
      tone.frequency.value = hertz;
      // Swelling and fading, or it would crack.
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.3, start + 0.02);
      volume.gain.setValueAtTime(0.3, end - 0.04);
      volume.gain.linearRampToValueAtTime(0, end);
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(end);
    }
  }

  async wakeSound() {
    if (!window.AudioContext) return;
    this.context ??= new AudioContext();
    // Refused until the user touches the page, which calls this again.
    if (this.context.state !== "running") await this.context.resume().catch(() => {});
  }

  destroy() {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    setTimeout(() => this.context?.close(), LINGER_MS);
  }
}

// The device's own English voice, looked up each time because browsers load their voices late.
function findVoice() {
  const all = window.speechSynthesis?.getVoices() ?? [];
  const rank = (voice) => {
    const lang = voice.lang.replace("_", "-"); // Android writes en_GB
    return (voice.default ? 0 : 1) + (lang === "en-GB" || lang === "en-US" ? 0 : 2);
  };
  const ours = all.filter((voice) => voice.localService && /^en\b/i.test(voice.lang.replace("_", "-")));
  return ours.sort((a, b) => rank(a) - rank(b))[0];
}
