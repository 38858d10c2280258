"""A small site for the player alone: ``streamlit run tests/browser/player_site.py``.

Its clip shows in each frame that frame's number, as eight black or white bars, at uneven times; the
skeleton is a made one. So a test can tell which frame, and which pose, is really on the screen.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from gym.media.writer import ClipWriter
from gym.schema import Frame, PoseSequence, RepKind, Verdict
from gym.skeleton import BLAZEPOSE_JOINTS, joint_index

SIZE = WIDTH, HEIGHT = 320, 240
FRAMES, BITS = 90, 8
TIME_S = np.concatenate([[0.0], np.cumsum(np.tile([1 / 30, 1 / 20, 1 / 24], FRAMES // 3))[:-1]])
UNSEEN_FRAME = 60  # from here on nobody is in view
REPS_S = [(0.4, 0.7, 1.0), (1.2, 1.5, 1.8), (2.0, 2.3, 2.6), (2.8, 3.1, 3.4)]


def write_numbered_clip(path: Path) -> Path:
    """Write the clip whose frames show their numbers."""
    with ClipWriter(path, SIZE) as clip:
        for number, time_s in enumerate(TIME_S):
            bits = [255 * (number >> bit & 1) for bit in range(BITS)]
            row = np.repeat(np.array(bits, np.uint8), WIDTH // BITS)
            clip.write(Frame(np.broadcast_to(row[:, None], (HEIGHT, WIDTH, 3)), float(time_s)))
    return path


def make_poses() -> PoseSequence:
    """Make poses: the left knee wanders from left to right; the right wrist is never seen."""
    xy_px = np.full((FRAMES, len(BLAZEPOSE_JOINTS), 2), np.nan)
    visibility = np.zeros((FRAMES, len(BLAZEPOSE_JOINTS)))
    places = {"left_hip": (160, 60), "left_knee": (40, 120), "left_ankle": (160, 180)}
    places |= {"right_shoulder": (300, 60), "right_elbow": (300, 120)}
    for name, place in places.items():
        xy_px[:UNSEEN_FRAME, joint_index(name)] = place
        visibility[:UNSEEN_FRAME, joint_index(name)] = 0.9
    xy_px[:UNSEEN_FRAME, joint_index("left_knee"), 0] += 2.0 * np.arange(UNSEEN_FRAME)
    return PoseSequence(TIME_S, xy_px, np.full((*xy_px.shape[:2], 3), np.nan), visibility, SIZE)


def show_player_page() -> None:
    """Show the player with two charts, one of which can be hidden."""
    import plotly.graph_objects as go
    import streamlit as st

    from gym.ui.clips import clip_url, keep_clip
    from gym.ui.components.player import PlayerRep, PlayerSegment, show_player

    state = st.session_state
    state.runs = state.get("runs", 0) + 1
    st.title("The player")
    clip = Path(os.environ["PLAYER_SITE_CLIP"])
    verdicts = [Verdict.PASS, Verdict.FAIL, Verdict.BORDERLINE, Verdict.UNSEEN]
    kinds = [RepKind.FULL, RepKind.FULL, RepKind.FULL, RepKind.PARTIAL]
    labels = ["Deep enough", "Sit lower: <b>hips</b> to knee height", "", "Not judgeable"]
    reps = [
        PlayerRep(i + 1, *times, verdicts[i], labels[i], kinds[i]) for i, times in enumerate(REPS_S)
    ]
    show_player(
        url="/clips/unknown" if "missing" in st.query_params else clip_url(keep_clip(clip)),
        poses=make_poses(),
        reps=reps,
        chart_keys=["fixed", "zoomed"],
        key="player",
        segments=[PlayerSegment(0.4, 2.6, "squats")],
        seek_s=state.get("seek_s"),
        seek_id=state.get("seek_id", 0),
        best=0,
    )
    if st.button("Rerun"):
        state.colour = "red"
    if st.button("Go to 2 s"):
        state.seek_s, state.seek_id = 2.0, state.get("seek_id", 0) + 1
        st.rerun()
    line = go.Scatter(x=TIME_S, y=np.sin(TIME_S), line_color=state.get("colour", "blue"))
    st.plotly_chart(go.Figure(line, {"height": 200, "dragmode": False}), key="fixed")
    if st.toggle("Second chart", value=True):
        st.plotly_chart(go.Figure(line, {"height": 200, "dragmode": "zoom"}), key="zoomed")
    st.text(f"run {state.runs}")


def show_other_page() -> None:
    """Show a page without a player."""
    import streamlit as st

    st.title("Another page")


if __name__ == "__main__":
    import streamlit as st

    pages = [
        st.Page(show_player_page, title="Player", default=True),
        st.Page(show_other_page, title="Other"),
    ]
    for page in pages:
        st.page_link(page)
    st.navigation(pages, position="hidden").run()
elif __name__ == Path(__file__).stem:  # imported by the server, not by a test
    import streamlit as st
    from starlette.middleware import Middleware

    from gym.ui.clips import clip_routes
    from gym.ui.lifespan import lifespan
    from gym.ui.visitor import VisitorCookie

    middleware = [Middleware(VisitorCookie)]
    app = st.App(__file__, routes=clip_routes(), middleware=middleware, lifespan=lifespan)
