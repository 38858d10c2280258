"""Teaching on the Analyse page, the whole way: find, keep, choose, find again, delete."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gym.exercises import EXERCISES
from gym.exercises.taught import list_taught, load_taught
from gym.server.folders import remove_server_folder

ROOT = Path(__file__).parents[2]


def open_sample() -> AppTest:
    """Return the Analyse page of a new visitor with the sample open."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/analyse.py").run()
    app.button(key="try_sample").click().run()
    assert not app.exception
    return app


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield open_sample()
    remove_server_folder()


def words(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*app.markdown, *app.caption))


def find(app: AppTest, title: str) -> None:
    app.text_input(key="teach_title").input(title).run()
    app.button(key="teach_find").click().run()
    assert not app.exception


def test_an_exercise_is_taught_kept_chosen_and_deleted(sample: AppTest) -> None:
    find(sample, "Mein *Üben* 深")
    assert not sample.error
    assert "reps found" in words(sample)
    sample.button(key="teach_keep").click().run()
    assert not sample.exception
    (name,) = list_taught()
    assert sample.selectbox(key="exercise").value == name
    assert sample.metric[0].value == "Mein *Üben* 深"
    assert int(sample.metric[1].value) >= 3
    assert "Your own exercises" in words(sample)
    assert r"Mein \*Üben\* 深" in words(sample)
    assert sample.text_input(key="teach_title").value == ""

    del EXERCISES[name]  # the server is started again
    assert load_taught() == []
    again = open_sample()
    again.selectbox(key="exercise").select(name).run()
    assert not again.exception
    assert again.metric[1].value == sample.metric[1].value

    again.button(key=f"delete_{name}").click().run()
    assert not again.exception
    assert again.selectbox(key="exercise").value == "auto"
    assert list_taught() == []
    sample.run()  # the other page had it chosen
    assert not sample.exception
    assert sample.selectbox(key="exercise").value == "auto"


@pytest.mark.parametrize("title", ["", "Squat", "x" * 41])
def test_a_name_that_will_not_do_is_told(sample: AppTest, title: str) -> None:
    find(sample, title)
    assert len(sample.error) == 1
    assert "reps found" not in words(sample)


def test_a_number_of_reps_that_is_not_there_is_told(sample: AppTest) -> None:
    sample.number_input(key="teach_reps").set_value(40).run()
    find(sample, "Mine")
    assert "40 times" in sample.error[0].value


def test_the_same_name_taught_anew_is_counted_anew(sample: AppTest) -> None:
    """What was counted under a name is forgotten with it."""
    find(sample, "Mine")
    sample.button(key="teach_keep").click().run()
    (name,) = list_taught()
    kept = sample.session_state["opened_analysis"]
    assert name in kept._counted
    sample.button(key=f"delete_{name}").click().run()
    find(sample, "Mine")
    sample.button(key="teach_keep").click()
    before = kept._counted.get(name)
    sample.run()
    assert not sample.exception
    assert kept._counted[name] is not before


def test_a_server_for_several_teaches_nothing(sample: AppTest, monkeypatch) -> None:
    real = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else real(name)
    )
    sample.run()
    assert "several visitors" in words(sample)
    assert not [button for button in sample.button if button.key == "teach_find"]
