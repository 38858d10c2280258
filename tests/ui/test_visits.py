"""What a visit keeps, and for how long."""

from __future__ import annotations

import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from gym.server import tokens
from gym.server.folders import remove_server_folder
from gym.ui.visits import find_grace_s, remove_ended_visits


def page():
    """Keep a file in the session's folder and show where it is."""
    import streamlit as st

    from gym.ui.clips import keep_clip
    from gym.ui.visits import session_folder

    clip = session_folder() / "clip.mp4"
    if not clip.exists():
        clip.write_bytes(b"x")
    st.text(str(session_folder()))
    st.text(keep_clip(clip))


def test_each_session_has_its_own_folder_until_it_ends():
    first, second = (AppTest.from_function(page).run() for _ in range(2))
    folder, token = (text.value for text in first.text)
    other_folder, other_token = (text.value for text in second.text)
    assert folder != other_folder
    assert token != other_token
    assert [text.value for text in first.run().text] == [folder, token]  # a rerun changes nothing
    assert Path(folder).stat().st_mode & 0o077 == 0  # nobody else on the machine may look

    remove_ended_visits(time.monotonic() + find_grace_s() - 60)
    assert Path(folder).is_dir()
    remove_ended_visits(time.monotonic() + find_grace_s() + 60)
    assert not Path(folder).exists()
    assert not Path(other_folder).exists()
    assert token not in tokens._files
    assert first.run().text[0].value != folder  # who comes back begins anew
    remove_server_folder()
