"""What the player is told of the best rep, and how it says each rep's verdict."""

from __future__ import annotations

from gym.notes import VERDICT_WORDS
from gym.schema import RepKind, Verdict
from gym.ui.components.player import PlayerRep, ghost_data, rep_data
from tests.figure import STANDING
from tests.synthetic import Camera, film, hold, squat

POSES = film([hold(STANDING, 0.5), squat(), squat(), hold(STANDING, 1)], Camera(90.0, 4.0)).poses
REPS = [PlayerRep(n, t, t + 1, t + 1.9, Verdict.PASS) for n, t in ((1, 0.5), (2, 2.6))]


def test_the_best_rep_is_laid_over_every_other() -> None:
    ghost = ghost_data(POSES, REPS, 1)
    assert ghost["rep"] == 1
    assert ghost["words"] == "Pale: rep 2, your best"
    other, own = ghost["places"]
    assert own is None
    assert len(other) == 5


def test_a_rep_alone_and_one_that_was_not_seen_have_no_ghost() -> None:
    assert ghost_data(POSES, REPS[:1], 0) is None
    late = PlayerRep(2, 90.0, 91.0, 92.0, Verdict.PASS)
    assert ghost_data(POSES, [REPS[0], late], 0) is None
    assert ghost_data(POSES, [REPS[0], late], 1) is None


def test_each_rep_has_its_verdict_as_a_word() -> None:
    for verdict in Verdict:
        assert rep_data(PlayerRep(1, 0, 1, 2, verdict))["word"] == VERDICT_WORDS[verdict]
    partial = PlayerRep(1, 0, 1, 2, Verdict.PASS, kind=RepKind.PARTIAL)
    assert rep_data(partial)["word"] == "not counted"
