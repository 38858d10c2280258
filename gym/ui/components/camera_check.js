// The camera's self-test: opens the camera for a moment, once for each run, and reports.

const checks = new WeakMap(); // the component's root -> its check, which outlives reruns

export default function mount({ data, parentElement: root, setStateValue }) {
  let check = checks.get(root);
  if (!check) {
    check = { host: root.host ?? root, run: 0, failures: 0, alert: "" };
    checks.set(root, check);
    // Even an empty element would leave a gap in Streamlit's column.
    check.host.closest(".stElementContainer")?.style.setProperty("display", "none");
  }
  check.report = (report) => setStateValue("report", report); // the newest: it knows its fragment
  check.data = data;
  if (data.watch) check.watching ??= setInterval(() => watch(check), 500);
  if (data.run > 0 && data.run !== check.run) start(check, data);
  else if (check.run >= 0) check.run = data.run;
  return () => {
    clearInterval(check.watching);
    check.watching = undefined;
  };
}

// The camera's own frame tells of its failures in technical words only: find out what they mean.
function watch(check) {
  const frame = document.querySelector(`.st-key-${check.data.watch} iframe`);
  const alert = frame?.contentDocument?.querySelector("[role=alert]")?.textContent ?? "";
  if (alert === check.alert) return;
  check.alert = alert;
  if (alert) return start(check, { ...check.data, run: -++check.failures });
  check.run = 0;
  check.report(null);
}

async function start(check, { run, patienceS, stateOfError }) {
  check.run = run;
  const report = (state, detail = "") => {
    // A later run, or nobody there any more: the answer has no asker.
    if (check.run === run && check.host.isConnected) check.report({ run, state, detail });
  };
  const waiting = setTimeout(() => report("waiting"), 1000 * patienceS);
  const [state, detail] = await tryCamera(stateOfError);
  clearTimeout(waiting);
  report(state, detail);
}

async function tryCamera(stateOfError) {
  const { mediaDevices, permissions } = navigator;
  if (!mediaDevices?.getUserMedia) return [window.isSecureContext ? "other" : "insecure", window.location.origin];
  try {
    // Not every browser can be asked about the camera; those tell when it is opened.
    const permission = await permissions?.query({ name: "camera" }).catch(() => null);
    if (permission?.state === "denied") return ["refused", "denied"];
    const devices = await mediaDevices.enumerateDevices();
    if (!devices.some((device) => device.kind === "videoinput")) return ["no_camera", ""];
    const stream = await mediaDevices.getUserMedia({ video: true });
    const name = stream.getVideoTracks()[0]?.label ?? "";
    for (const track of stream.getTracks()) track.stop();
    return ["ok", name];
  } catch (error) {
    return [stateOfError[error.name] ?? "other", `${error.name}: ${error.message}`];
  }
}
