"""Framing: what is wrong is named, what is advised helps, and nothing flickers."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from gym.exercises import EXERCISES
from gym.live.checks import FramingCheck
from gym.live.framing import Framing, FramingChecker, _Stretch
from gym.live.light import measure_light
from gym.posefiles import read_poses
from gym.schema import Pose, PoseSequence
from gym.skeleton import joint_index
from tests.figure import STANDING, TOP_M, plank, pose_body
from tests.synthetic import (
    Camera,
    add_noise,
    film,
    hide,
    hold,
    mirror,
    shift,
    squat,
    turn,
    walk_in,
)

SQUAT, PUSH_UP = EXERCISES["squat"], EXERCISES["push_up"]
NAMES = ("person", "light", "posture", "whole body", "distance", "view", "stillness")
ASIDE, AHEAD = Camera(), Camera(yaw_deg=0)
LOW_CAMERA = Camera(height_m=0.5, aim_m=0.4)


def stand(seconds: float = 1.5, camera: Camera = ASIDE, deg: float = 0.0) -> PoseSequence:
    """Film somebody who stands still, turned to their left by ``deg``."""
    return film([hold(turn(STANDING, deg), seconds)], camera).poses


def lie(seconds: float = 1.5, camera: Camera = LOW_CAMERA) -> PoseSequence:
    """Film somebody in a plank."""
    return film([hold(plank(TOP_M), seconds)], camera).poses


def grey(poses: PoseSequence, level: int = 128) -> np.ndarray:
    return np.full((poses.image_size[1], poses.image_size[0], 3), level, np.uint8)


def check_all(
    poses: PoseSequence, checker: FramingChecker, image: np.ndarray | None = None
) -> list[Framing]:
    """Show every pose to a checker, in one picture."""
    image = grey(poses) if image is None else image
    return [checker.update(image, poses[i]) for i in range(len(poses))]


def last_framing(poses: PoseSequence, exercise=SQUAT, image: np.ndarray | None = None) -> Framing:
    return check_all(poses, FramingChecker(exercise), image)[-1]


def test_a_framing_advises_the_first_thing_and_knows_what_counting_needs() -> None:
    good = {name: FramingCheck(name, True) for name in NAMES}
    assert Framing(tuple(good.values())).right
    for name in NAMES:
        wrong = {**good, name: FramingCheck(name, False, name)}
        framing = Framing((*wrong.values(), FramingCheck("later", False, "later")))
        assert framing.advice == name
        assert framing.whole == (name not in ("person", "whole body", "distance"))
        untold = Framing(tuple({**good, name: FramingCheck(name, None)}.values()))
        assert not untold.right
        assert untold.advice == ""


@pytest.mark.parametrize("camera_yaw_deg", [90, 270, 60, 120, 240])
@pytest.mark.parametrize("exercise", [SQUAT, None])
def test_who_stands_side_on_is_right(camera_yaw_deg: float, exercise) -> None:
    checker = FramingChecker(exercise)
    framing = check_all(stand(3, Camera(yaw_deg=camera_yaw_deg)), checker)[-1]
    assert framing.right
    assert framing.advice == ""
    assert tuple(check.name for check in framing.checks) == NAMES
    assert 2 < checker.right_s <= checker.whole_s <= 3


@pytest.mark.parametrize("exercise", [PUSH_UP, None])
def test_who_lies_in_a_plank_is_right(exercise) -> None:
    assert last_framing(lie(), exercise).right


def test_the_posture_has_to_suit_the_exercise() -> None:
    standing, lying = last_framing(stand(), PUSH_UP), last_framing(lie(), SQUAT)
    assert standing.advice == "Get into the push-up position."
    assert lying.advice == "Stand up straight."
    for framing in (standing, lying):
        assert not framing.whole
        assert framing.check("whole body").passed is None


HANGING = pose_body(2, 2, 2, 5, 3)
SITTING = pose_body(0, -90, 0, 170, 100)
ON_THE_BACK = pose_body(-25, -115, -88, 90, 90)


@pytest.mark.parametrize(
    ("name", "posture", "others"),
    [
        ("pull_up", HANGING, [STANDING]),
        ("wall_sit", SITTING, [STANDING, ON_THE_BACK]),
        ("sit_up", ON_THE_BACK, [STANDING, SITTING]),
        (
            "push_up",
            plank(TOP_M),
            [STANDING, pose_body(-25, -115, -88, 3, 3)],
        ),  # arms to the ceiling
        ("jumping_jack", STANDING, [plank(TOP_M)]),
    ],
)
def test_each_posture_is_told_from_others(
    name: str, posture: np.ndarray, others: list[np.ndarray]
) -> None:
    exercise = EXERCISES[name]

    def check(joints: np.ndarray) -> FramingCheck:
        poses = film([hold(joints, 1.5)], LOW_CAMERA).poses
        return last_framing(poses, exercise).check("posture")

    assert check(posture).passed
    for other in others:
        assert check(other).advice == exercise.start_advice


@pytest.mark.parametrize("facing_deg", [40, -40, 50, 75, -75, 140, 220, -140])
def test_turning_as_told_brings_one_to_face_the_camera(facing_deg: float) -> None:
    """What is best seen from the front: the advice is followed until it is right."""
    exercise, deg = EXERCISES["jumping_jack"], facing_deg
    for _ in range(3):
        view = last_framing(stand(camera=AHEAD, deg=deg), exercise).check("view")
        if view.passed:
            break
        if view.advice == "Turn to face the camera.":
            deg = 0
            continue
        by_deg, side = re.fullmatch(
            r"Turn (\d+) degrees to your (left|right)\.", view.advice
        ).groups()
        deg += float(by_deg) * (1 if side == "left" else -1)
    assert view.passed


@pytest.mark.parametrize("facing_deg", [0, 15, 180, -165])
def test_from_the_front_and_from_behind_is_right_for_what_is_seen_there(facing_deg: float) -> None:
    framing = last_framing(stand(camera=AHEAD, deg=facing_deg), EXERCISES["jumping_jack"])
    assert framing.check("view").passed


def test_nobody_in_view() -> None:
    poses = stand()
    framings = check_all(hide(poses, np.ones(len(poses), bool)), FramingChecker(SQUAT))
    assert framings[0].check("person").passed is None
    assert framings[-1].advice == "Step into the picture, from head to feet."
    dark = last_framing(hide(poses, np.ones(len(poses), bool)), SQUAT, grey(poses, 8))
    assert "light" in dark.advice
    white = last_framing(hide(poses, np.ones(len(poses), bool)), SQUAT, grey(poses, 250))
    assert white.advice == framings[-1].advice  # a white wall
    guessed = replace(poses, visibility=0.3 * poses.visibility)
    assert last_framing(guessed).check("person").passed is False


# --- what is cut off, how large -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("by_px", "words"),
    [
        ((0, 200), "Tilt the camera down: your feet are cut off."),
        ((0, -200), "Tilt the camera up: your head is cut off."),
        ((-640, 0), "Move left in the picture: your {part} are cut off."),
        ((640, 0), "Move right in the picture: your {part} are cut off."),
    ],
)
def test_what_is_cut_off_is_named(by_px: tuple[float, float], words: str) -> None:
    framing = last_framing(shift(stand(), by_px))
    assert not framing.whole
    pattern = re.escape(words).replace(r"\{part\}", "(hands|hips|knees|feet)")
    assert re.fullmatch(pattern, framing.advice)


def test_moving_as_told_in_the_mirror_brings_one_back() -> None:
    for by_px in (-640, 640):
        poses = shift(stand(), (by_px, 0))
        side = last_framing(poses).advice.split()[1]
        seen = shift(mirror(poses), (-300 if side == "left" else 300, 0))
        assert last_framing(mirror(seen)).whole


@pytest.mark.parametrize(
    ("distance_m", "words"),
    [
        (1.6, "Step back: your (feet are|head is) not in the picture."),
        (9.5, "Come closer: you are too small in the picture."),
    ],
)
def test_too_near_and_too_far(distance_m: float, words: str) -> None:
    framing = last_framing(stand(camera=Camera(distance_m=distance_m)))
    assert re.fullmatch(words, framing.advice)
    assert not framing.whole


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1280, 720), (720, 1280)])
def test_the_limits_hold_for_every_picture(size: tuple[int, int]) -> None:
    def framed(share: float) -> Framing:
        camera = Camera(
            focal_px=share * 4 * size[1] / 1.75, image_size=size, height_m=0.87, aim_m=0.87
        )
        return last_framing(stand(camera=camera))

    assert framed(0.75).right
    assert framed(0.13).advice.startswith("Come closer")
    assert framed(1.1).advice.startswith("Step back")


def test_a_body_from_edge_to_edge_is_too_large() -> None:
    poses = stand(camera=Camera(focal_px=4 * 720 * 0.92 / 1.75, height_m=0.87, aim_m=0.87))
    y_px = poses.xy_px[..., 1]
    crown_px = 1.7 * poses.joint("left_ear")[:, 1] - 0.7 * poses.joint("left_shoulder")[:, 1]
    middle_px = (crown_px.min() + y_px.max()) / 2
    advice = [
        last_framing(
            replace(poses, xy_px=(poses.xy_px - (640, middle_px)) * factor + (640, 360))
        ).advice
        for factor in 696 / (y_px.max() - crown_px.min()) * np.array([0.9, 1.0, 1.1])
    ]
    assert advice[:2] == ["", "Step back: you fill the whole picture."]
    assert re.match("Step back: your (feet|head) ", advice[2])


def test_a_plank_that_leaves_the_picture_at_both_ends_is_too_near() -> None:
    framing = last_framing(lie(camera=replace(LOW_CAMERA, focal_px=3600)), PUSH_UP)
    assert re.fullmatch("Step back: your (feet are|head is) not in the picture.", framing.advice)


def test_hidden_feet_are_told_from_feet_that_are_cut_off() -> None:
    poses = stand()
    feet = [i for i in range(33) if i >= joint_index("left_ankle")]
    seen = poses.visibility.copy()
    seen[:, feet] = 0.1  # behind a table, and in the picture
    assert last_framing(replace(poses, visibility=seen)).advice == "Keep your feet in view."
    gone = np.zeros(poses.visibility.shape, bool)
    gone[:, feet] = True
    assert last_framing(hide(poses, gone)).advice == "Keep your feet in view."


def test_the_far_hand_may_hide() -> None:
    poses = stand()
    far = joint_index("right_wrist")
    xy, seen = poses.xy_px.copy(), poses.visibility.copy()
    xy[:, far], seen[:, far] = (-200, 300), 0.2
    assert last_framing(replace(poses, xy_px=xy, visibility=seen)).right


# --- the view -----------------------------------------------------------------------------------


@pytest.mark.parametrize("facing_deg", [0, 12, 18, -12, -18, 180, 165, 195])
def test_turning_as_told_brings_one_side_on(facing_deg: float) -> None:
    framing = last_framing(stand(camera=AHEAD, deg=facing_deg))
    assert framing.whole
    assert not framing.right
    told = re.fullmatch(r"Turn (\d+) degrees to (your|one) (left|right|side: .*)\.", framing.advice)
    assert told
    turns = {"left": (1,), "right": (-1,)}.get(told[3], (1, -1))
    assert len(turns) == (2 if facing_deg in (0, 180) else 1)
    for sign in turns:
        after_deg = facing_deg + sign * float(told[1])
        off_side_deg = abs((after_deg % 180) - 90)
        assert off_side_deg <= 5
        assert last_framing(stand(camera=AHEAD, deg=after_deg)).right
    assert int(told[1]) <= 90  # the shorter way


@pytest.mark.parametrize(("deg", "facing"), [(70, "left"), (110, "left"), (-70, "right")])
def test_the_silhouette_faces_as_the_athlete_does_in_the_mirror(deg: float, facing: str) -> None:
    checker = FramingChecker(SQUAT)
    poses = stand(camera=AHEAD, deg=deg)
    check_all(poses, checker)
    assert checker.facing == facing
    seen = mirror(poses)  # nose ahead of the ears
    ahead = (
        seen.joint("nose")[-1, 0] - (seen.joint("left_ear") + seen.joint("right_ear"))[-1, 0] / 2
    )
    assert (ahead < 0) == (facing == "left")


# --- light --------------------------------------------------------------------------------------


def paint(poses: PoseSequence, room: int, person: int) -> np.ndarray:
    """Paint a room and, where the person stands, a person."""
    image = grey(poses, room)
    low, high = poses.xy_px[0].min(axis=0).astype(int), poses.xy_px[0].max(axis=0).astype(int)
    image[low[1] - 10 : high[1] + 10, low[0] - 10 : high[0] + 10] = person
    return image


@pytest.mark.parametrize(
    ("room", "person", "word"),
    [
        (128, 128, ""),
        (235, 60, ""),  # dark before a white wall
        (20, 60, ""),  # a lamp on the athlete
        (12, 12, "Too dark"),
        (200, 12, "Light behind you"),
        (250, 250, "Too bright"),
    ],
)
def test_light(room: int, person: int, word: str) -> None:
    poses = stand()
    framing = last_framing(poses, SQUAT, paint(poses, room, person))
    assert framing.advice.startswith(word)
    assert bool(framing.advice) == bool(word)
    assert framing.whole  # it can be counted all the same


def test_light_is_measured_on_the_person() -> None:
    poses = stand()
    image = paint(poses, 200, 40)
    picture, person, bright = measure_light(image, poses[0])
    assert person == pytest.approx(40, abs=1)
    assert bright == pytest.approx(40, abs=1)
    assert 150 < picture < 200
    assert np.isnan(measure_light(image, Pose.unseen(0.0))[1:]).all()
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = 255
    assert measure_light(red, Pose.unseen(0.0))[0] == pytest.approx(0.299 * 255)


# --- over time ----------------------------------------------------------------------------------


def test_who_walks_in_is_told_to_stay_and_then_is_right() -> None:
    checker = FramingChecker(SQUAT)
    poses = film([*walk_in(0, 2.5), hold(STANDING, 2.5)]).poses
    framings = check_all(poses, checker)
    walking = [f for f, t in zip(framings, poses.time_s, strict=True) if 1.4 < t < 2.2]
    assert all(f.check("stillness").passed is False for f in walking)
    assert framings[-1].right
    assert 1.0 < checker.right_s < 2.6


def wander(seconds: float, seed: int) -> PoseSequence:
    """Somebody who strays about the limits: near a corner, half turned, swaying."""
    rng = np.random.default_rng(seed)
    poses = stand(seconds, AHEAD, deg=27)
    rates = rng.uniform(0.5, 3, (1, 1, 2))
    steps = (580, 175) + (60, 30) * np.sin(rates * poses.time_s[:, None, None])
    return add_noise(replace(poses, xy_px=poses.xy_px + steps), 0.06, seed)


@pytest.mark.parametrize("seed", range(4))
def test_an_advice_stays_long_enough_to_be_read(seed: int) -> None:
    poses = wander(20, seed)
    shown = [f.advice for f in check_all(poses, FramingChecker(SQUAT))]
    runs = [
        (advice, [t for _, t in run])
        for advice, run in groupby(zip(shown, poses.time_s, strict=True), key=lambda pair: pair[0])
    ]
    assert len(runs) > 3  # there was something to flicker
    for advice, times_s in runs[:-1]:
        if advice:
            assert times_s[-1] - times_s[0] > 0.6


def test_swaying_at_a_limit_does_not_flicker() -> None:
    poses = stand(10)
    lowest = float(np.nanmax(poses.xy_px[..., 1])) / 720
    sway = 0.992 - lowest + 0.008 * np.sin(4 * poses.time_s)
    poses = replace(poses, xy_px=poses.xy_px + 720 * sway[:, None, None] * [0, 1])
    shown = [f.advice for f in check_all(poses, FramingChecker(SQUAT))]
    assert len(list(groupby(shown))) <= 2


def test_a_stretch_ends_when_something_is_wrong_for_long_enough() -> None:
    def length_s(wrong_s: float) -> float:
        stretch = _Stretch(break_s=0.3)
        for time_s in np.arange(0, 4, 0.04):
            stretch.add(time_s, not 2 <= time_s < 2 + wrong_s)
        return stretch.length_s

    assert length_s(0.0) == length_s(0.2) == pytest.approx(3.96)
    assert length_s(0.5) == pytest.approx(1.44, abs=0.05)
    assert length_s(3.0) == 0.0


def test_a_short_loss_does_not_end_what_held_and_a_long_one_does() -> None:
    poses = stand(4)
    for gap_s, holds in ((0.25, True), (1.4, False)):
        gone = (poses.time_s >= 2) & (poses.time_s < 2 + gap_s)
        checker = FramingChecker(SQUAT)
        check_all(hide(poses, gone), checker)
        assert (checker.whole_s > 3.5) == holds
        assert (checker.right_s > 2.5) == holds
        assert checker.whole_s > 0.4


def test_nothing_is_known_of_a_silence() -> None:
    poses = stand(4)
    checker = FramingChecker(SQUAT)
    image = grey(poses)
    for i in range(60):
        checker.update(image, poses[i])
    assert checker.whole_s > 1.5
    checker.update(image, replace(poses[60], time_s=60.0))
    assert checker.whole_s == 0


@pytest.mark.parametrize("fps", [5, 12, 60])
def test_the_frame_rate_does_not_matter(fps: float) -> None:
    poses = film([hold(STANDING, 4)], fps=fps).poses
    checker = FramingChecker(SQUAT)
    framing = check_all(poses, checker)[-1]
    assert framing.right
    assert checker.right_s > 2.8


def test_during_squats_the_body_stays_whole() -> None:
    poses = film([hold(STANDING, 1), squat(), squat()]).poses
    checker = FramingChecker(SQUAT)
    assert all(f.check("person").passed for f in check_all(poses, checker))


def test_what_is_no_picture_or_comes_late_is_refused() -> None:
    checker, poses = FramingChecker(), stand()
    with pytest.raises(ValueError, match="expected a uint8"):
        checker.update(np.zeros((4, 4), np.uint8), poses[0])
    checker.update(grey(poses), poses[3])
    with pytest.raises(ValueError, match="later"):
        checker.update(grey(poses), poses[3])


@pytest.mark.speed
def test_it_costs_little() -> None:
    poses, checker = stand(5), FramingChecker(SQUAT)
    image = grey(poses)[:480, :640].copy()
    costs_s = []
    for i in range(len(poses)):
        began_s = time.perf_counter()
        checker.update(image, poses[i])
        costs_s.append(time.perf_counter() - began_s)
    assert np.median(costs_s) < 0.003  # 0.5 ms where nothing else runs


def test_the_sample_athlete_steps_into_place(sample_clip) -> None:
    from gym.media.reader import ClipReader

    poses = read_poses(sample_clip.parent / "poses.npz")
    truth = json.loads((sample_clip.parent / "truth.json").read_text())
    begins_s = min(rep["start_s"] for rep in truth["reps"])
    checker = FramingChecker(SQUAT)
    with ClipReader(sample_clip) as clip:
        for i, frame in enumerate(clip):
            if frame.time_s > begins_s:
                break
            framing = checker.update(frame.image, poses[i])
            if frame.time_s > 2.4:
                assert framing.right, framing.advice
    assert checker.whole_s > 1.5
    assert checker.facing == "left"  # walks to the right, seen without a mirror
