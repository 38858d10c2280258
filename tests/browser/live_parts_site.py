"""A small site for the live page's parts: ``streamlit run tests/browser/live_parts_site.py``.

What a part gets is told by the address: ``?part=voice``, ``?part=camera``, ``?part=browser``,
``?part=recorder`` with ``&uploader=no`` or ``&types=png``, ``&countdown=0`` and ``&longest=1`` (seconds),
``&facing=user``;
``?part=voice&restless=1`` gives the voice other data for the same number.
"""

from __future__ import annotations

from pathlib import Path

SAYINGS = (
    ("One", "count"),
    ("Two", "count"),
    ("Sit lower", "cue"),
    ("Set done", "done"),
    ("", "count"),
)


def show_voice_part() -> None:
    """Show the voice in a fragment, as the live page does, between two lines of text."""
    import streamlit as st

    from gym.ui.components.voice import show_voice

    state = st.session_state
    state.setdefault("said", int(st.query_params.get("said", 0)))

    def say_next() -> None:  # a callback: a run that is cut short and done again would say two
        state.said += 1

    @st.fragment(run_every=0.1)
    def show_coach() -> None:
        state.ticks = state.get("ticks", 0) + 1
        st.button("Say", on_click=say_next)
        if st.button("New set"):
            state.said = 0
        if st.toggle("Voice", value=True):
            st.text("above")
            words, sound = SAYINGS[(state.said - 1) % len(SAYINGS)]
            if "restless" in st.query_params and state.ticks % 2:
                sound = "cue"  # other data for the same number
            show_voice(words=words, number=state.said, sound=sound)
            st.text("below")
        st.text("further below")
        st.text(f"said {state.said}")
        st.text(f"ticks {state.ticks}")

    show_coach()


def show_camera_part() -> None:
    """Show the camera's self-test, and how often the page ran."""
    import streamlit as st

    from gym.ui.components import camera_check

    state = st.session_state
    state.runs = state.get("runs", 0) + 1
    # A little different on each run, so that the browser gets new data for the same test.
    camera_check.PATIENCE_S = float(st.query_params.get("patience", 15)) + state.runs / 1000
    if st.button("Test"):
        state.test = state.get("test", 0) + 1
    st.button("Rerun")
    st.text("above")
    report = camera_check.check_camera(run=state.get("test", 0))
    st.text("below")
    st.text("further below")
    st.text(f"test {state.get('test', 0)}: {report.state if report else 'no answer'}")
    if report:
        st.text(f"detail {report.detail}")
        st.text(" ".join(camera_check.explain_camera(report)))
    st.text(f"run {state.runs}")


def show_recorder_part() -> None:
    """Show the recorder with an uploader, and what of a recording arrives."""
    import tempfile

    import streamlit as st

    from gym.media.reader import ClipReader
    from gym.ui.components import recorder

    recorder.COUNTDOWN_S = float(st.query_params.get("countdown", 5))
    recorder.MAX_RECORDING_S = float(st.query_params.get("longest", 600))
    facing = st.query_params.get("facing", "environment")
    recorder.show_recorder(uploader_key="live upload 1", facing=facing)
    st.button("Rerun")
    if st.query_params.get("uploader") == "no":
        return
    types = st.query_params.get("types", "mp4,webm").split(",")
    upload = st.file_uploader("A clip", type=types, key="live upload 1")
    if upload is None:
        return
    with tempfile.NamedTemporaryFile(suffix=Path(upload.name).suffix) as file:
        file.write(upload.getvalue())
        file.flush()
        with ClipReader(file.name) as clip:
            times_s = [frame.time_s for frame in clip]
            stopped_s = clip.info().stopped_s
    st.text(f"got {upload.name}: {clip.size[0]} x {clip.size[1]}, {len(times_s)} frames")
    st.text(f"last at {times_s[-1]:.2f} s, stopped at {stopped_s}")


def show_browser_part() -> None:
    """Show what the browser does beside the camera, and what it remembered."""
    import streamlit as st

    from gym.ui.components.live_browser import Word, recall, show_live_browser

    st.button("Rerun")
    awake = st.toggle("Awake")
    words = [Word("short", "brief"), Word("long", "lasting", 1000)] if awake else []
    st.text("above")
    show_live_browser(awake=awake, words=words, cameras=["one", "two"])
    st.text("below")
    st.text("further below")
    st.text(f"remembered {recall('short') or 'nothing'} {recall('long') or 'nothing'}")


def show_part() -> None:
    """Show the part that the address asks for."""
    import streamlit as st

    parts = {
        "camera": show_camera_part,
        "recorder": show_recorder_part,
        "browser": show_browser_part,
    }
    parts.get(st.query_params.get("part"), show_voice_part)()


def show_other_page() -> None:
    """Show a page without any part."""
    import streamlit as st

    st.title("Another page")


if __name__ == "__main__":
    import streamlit as st

    pages = [
        st.Page(show_part, title="Part", default=True),
        st.Page(show_other_page, title="Other"),
    ]
    for page in pages:
        st.page_link(page)
    st.navigation(pages, position="hidden").run()
