// What the athlete's browser does in addition to the camera: keeps its screen on, and remembers some words.

const keepers = new WeakMap(); // the component's root -> its keeper, which outlives reruns

// streamlit-webrtc opens the camera of last time again, whatever is asked for now; from a list of its
// own for each camera on the page, where there is one, or else from one for all.
const LAST_CAMERA = "streamlit-webrtc:device-ids:";

export default function mount({ data, parentElement: root }) {
  let keeper = keepers.get(root);
  if (!keeper) {
    keeper = new Keeper(root.host ?? root);
    keepers.set(root, keeper);
    // Even an empty element would leave a gap in Streamlit's column.
    keeper.host.closest(".stElementContainer")?.style.setProperty("display", "none");
  }
  keeper.update(data);
  // Streamlit may call this before it calls mount again: only a root that is gone is the end.
  return () => setTimeout(() => keeper.host.isConnected || keeper.end());
}

class Keeper {
  constructor(host) {
    this.host = host;
    this.awake = false; // whether the screen should stay on
    this.lock = null; // the browser's; it lets go of it whenever the page is hidden
    this.turn = Promise.resolve(); // one thing after the other: each takes the browser a moment
    this.look = () => (this.turn = this.turn.then(() => this.settle()));
    document.addEventListener("visibilitychange", this.look);
  }

  update({ awake, words, cameras }) {
    for (const key of cameras) if (!localStorage.getItem(LAST_CAMERA + key)) localStorage.setItem(LAST_CAMERA + key, "{}");
    const secure = location.protocol === "https:" ? ";secure" : "";
    for (const [name, value, keptS] of words) {
      const kept = keptS ? `;max-age=${keptS}` : "";
      document.cookie = `${name}=${encodeURIComponent(value)};path=/;samesite=strict${kept}${secure}`;
    }
    this.awake = awake;
    this.look();
  }

  async settle() {
    const held = this.lock && !this.lock.released;
    if (this.awake && !held && !document.hidden)
      this.lock = await navigator.wakeLock?.request("screen").catch(() => null); // a low battery, say
    else if (!this.awake && held) await this.lock.release();
  }

  end() {
    document.removeEventListener("visibilitychange", this.look);
    this.awake = false;
    this.look();
  }
}
