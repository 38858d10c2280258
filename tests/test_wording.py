"""What a person reads of a set: in centimetres or words, and nothing of what is not known."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from gym.exercises import EXERCISES
from gym.schema import Fading, OddRep, RepReport, RepTempo, SetReport
from gym.wording import (
    list_sentences,
    say_depth,
    say_fading,
    say_length,
    say_odd,
    say_tempo,
)

SQUAT, PULL_UP = EXERCISES["squat"], EXERCISES["pull_up"]
SET = SetReport(0.0, 9.0, 1, 3, "°", tension_s=7.4)
REP = RepReport(RepTempo(2.0, 0.0, 1.0, 0.0), 90.0, 0.9, 1.0, 90.0, 1.0, 0.1)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (-0.01, "thigh lengths", "less than a finger's width"),
        (0.05, "thigh lengths", "a finger's width"),
        (-0.1, "thigh lengths", "two fingers' width"),
        (-0.2, "thigh lengths", "a hand's width"),
        (-0.26, "upper-arm lengths", "a hand's width"),
        (0.06, "body lengths", "a hand's width"),
        (-0.41, "thigh lengths", "two hands' width"),
        (0.9, "thigh lengths", "0.9 thigh lengths"),
        (12.4, "°", "12°"),
        (1.2, "shoulder widths", "1.20 shoulder widths"),
        (math.nan, "thigh lengths", "–"),
    ],
)
def test_a_length_in_words(value: float, unit: str, said: str) -> None:
    assert say_length(value, unit) == said


def test_a_length_in_centimetres_follows_the_height() -> None:
    assert say_length(-0.2, "thigh lengths", 180.0) == "9 cm"
    assert say_length(-0.2, "thigh lengths", 150.0) == "7 cm"
    assert say_length(30.0, "°", 180.0) == "30°"


def test_depth_is_said_against_its_level() -> None:
    assert say_depth("squat.depth", 0.0, "thigh lengths") == "parallel"
    assert say_depth("squat.depth", 0.1, "thigh lengths") == "two fingers' width below parallel"
    assert (
        say_depth("push_up.depth", -0.26, "upper-arm lengths") == "a hand's width above the elbows"
    )
    assert say_depth("push_up.depth", 0.0, "upper-arm lengths") == "level with the elbows"
    assert say_depth("pull_up.range", 0.3, "upper-arm lengths").endswith("above the hands")
    assert say_depth("bicep_curl.range", 120.0, "°") == "120°"
    assert say_depth("squat.depth", math.nan, "thigh lengths") == "–"


def test_tempo_is_said_in_the_order_in_which_it_happens() -> None:
    tempo = RepTempo(eccentric_s=3.0, pause_s=0.5, concentric_s=1.0)
    assert say_tempo(tempo, SQUAT) == "3.0 · 0.5 · 1.0 · –"
    assert say_tempo(tempo, PULL_UP) == "1.0 · 0.5 · 3.0 · –"


def test_an_odd_rep_in_a_sentence() -> None:
    odd = OddRep(4, "left_hip", 8.73, 0.5, -21.4, 2.0)
    said = say_odd(odd, SQUAT)
    for part in ("Rep 4", "at the bottom", "8.7 s", "left hip", "21° narrower"):
        assert part in said
    assert "at the top" in say_odd(replace(odd, share=0.5), PULL_UP)
    assert "30% into it" in say_odd(replace(odd, share=0.3, difference_deg=15.0), SQUAT)
    assert "15° wider" in say_odd(replace(odd, difference_deg=15.0), SQUAT)


def test_what_fades_is_said_with_its_interval() -> None:
    said = say_fading(Fading("speed", -0.25, -0.4, -0.1, 0.004))
    assert said == "You get slower from rep to rep: by 25% over the set (10% to 40%)."


def test_a_set_in_sentences() -> None:
    about = replace(
        SET,
        range_spread=0.05,
        duration_spread=0.1,
        speed_loss=0.3,
        speed_loss_sd=0.04,
        left_right=0.2,
        left_right_sd=0.05,
        fading=(Fading("range", -0.2, -0.3, -0.1, 0.001),),
    )
    said = dict(list_sentences(about, [REP, replace(REP, range_share=1.0)], SQUAT))
    assert said["Tempo"] == "2.0 s down and 1.0 s up (median)."
    assert said["Range"] == "90° (median); 90% to 100% of your best rep."
    assert said["Speed"] == (
        "1.00 trunk lengths a second on the way up (median), 30% slower at the end (±4%)."
    )
    assert said["Left and right"].startswith("the left goes 20% further than the right")
    assert said["Evenness"] == "from rep to rep the range by 5% and the time by 10%."
    assert said["Fatigue"].startswith("Your range gets smaller")
    assert said["Time under tension"] == "7 s, without the rests."
    tall = dict(list_sentences(about, [REP], SQUAT, 180.0))
    assert "52 cm" in tall["Range"]
    assert "52 cm a second" in tall["Speed"]


def test_what_is_not_known_or_only_chance_is_not_said() -> None:
    said = dict(list_sentences(SET, [RepReport()], SQUAT))
    assert set(said) == {"Time under tension"}
    about = replace(SET, speed_loss=0.05, speed_loss_sd=0.04, left_right=0.05, left_right_sd=0.1)
    said = dict(list_sentences(about, [REP], SQUAT))
    assert "no clear loss" in said["Speed"]
    assert "no difference" in said["Left and right"]
    assert "Fatigue" not in said
