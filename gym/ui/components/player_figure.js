// What the player draws over the clip: the poses as they arrive, and a skeleton. Put before player.js.

// The colours of gym/drawing/skeleton.py (a test compares them): the side towards the camera, the other,
// both; and the ghost's, which is pale and none of them.
const COLOURS = { near: "rgb(56 217 255)", far: "rgb(62 122 160)", trunk: "rgb(255 255 255)", ghost: "rgb(243 232 255)" };
const OUTLINE = "rgb(12 20 28)";
const LATE_S = 0.004; // timestamps in files are rounded to their time base

// Draw a skeleton: joints {x, y, seen} in px or null, bones [from, to, colour], a line's width, how strong.
function drawFigure(pen, joints, bones, thick, strength) {
  pen.lineCap = "round";
  const stroke = (a, b, colour, width) => {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(a.x, a.y);
    pen.lineTo(b.x, b.y);
    pen.stroke();
  };
  for (const [from, to, side] of bones) {
    const a = joints[from], b = joints[to];
    if (!a || !b) continue;
    pen.globalAlpha = strength * opacity(Math.min(a.seen, b.seen));
    stroke(a, b, OUTLINE, thick + 2.5);
    stroke(a, b, COLOURS[side], thick);
  }
  const ends = new Set(bones.flatMap(([from, to]) => [from, to]));
  const dots = bones[0]?.[2] === "ghost" ? COLOURS.ghost : COLOURS.trunk;
  for (const joint of [...ends].map((end) => joints[end]).filter(Boolean)) {
    pen.globalAlpha = strength * opacity(joint.seen);
    stroke(joint, joint, OUTLINE, 1.7 * thick + 2.5);
    stroke(joint, joint, dots, 1.7 * thick);
  }
  pen.globalAlpha = 1;
}

// The layout that gym/ui/components/player.py writes: float32 seconds, int16 x and y, uint8 visibility.
function readPoses(bytes, frames, joints) {
  const time_s = new Float32Array(bytes, 0, frames);
  const xy = new Int16Array(bytes, frames * 4, frames * joints * 2);
  const seen = new Uint8Array(bytes, frames * 4 + frames * joints * 4, frames * joints);
  const at = (frame) =>
    Array.from({ length: joints }, (_, joint) => {
      const i = frame * joints + joint;
      return xy[2 * i] === -32768 ? null : { x: xy[2 * i] / 10000, y: xy[2 * i + 1] / 10000, seen: seen[i] / 255 };
    });
  return { time_s, joints: at };
}

// The last frame that is not later than a time.
function frameAt(times, time_s) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= time_s + LATE_S) low = middle;
    else high = middle - 1;
  }
  return low;
}

function opacity(seen) {
  return seen >= 0.5 ? 1 : 0.2 + 0.8 * (seen / 0.5) ** 2;
}
