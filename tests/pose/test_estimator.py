"""The guard against other people in the picture, and BlazePose itself on the project's own clip."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from gym.errors import NobodyInView
from gym.media.reader import ClipReader
from gym.pose.estimator import LOOK_FRAMES, PersonGuard, PoseEstimator, estimate_poses, tile
from gym.schema import Frame, Pose, PoseSequence
from gym.session import estimate_poses as estimate_clip
from tests import synthetic
from tests.made_clips import put_small, spaced, write_clip
from tests.synthetic import Camera, film, hold

FRONT = Camera(0.0)
STEP_S = 1 / 30


def standing(time_s: float, aside_m: float = 0.0, camera: Camera = FRONT) -> Pose:
    """Somebody standing so far to the side."""
    still = hold(synthetic.STANDING + np.array([aside_m, 0, 0]), 1.0)
    pose = film([still], camera, until_s=0.01).poses[0]
    return Pose(time_s, pose.xy_px, pose.xyz_m, pose.visibility)


def believed(guard: PersonGuard, poses: PoseSequence) -> np.ndarray:
    return np.array([guard.believes(poses[k]) for k in range(len(poses))])


def watched(aside_m: float = 0.0, until_s: float = 1.0) -> PersonGuard:
    """A guard that has seen somebody stand there until a time."""
    guard = PersonGuard()
    for time_s in np.arange(0.0, until_s + 1e-9, STEP_S):
        assert guard.believes(standing(float(time_s), aside_m))
    return guard


# ------------------------------------------------------------------------------------ the guard


@pytest.mark.parametrize("yaw_deg", [0.0, 60.0, 90.0])
@pytest.mark.parametrize(
    "script",
    [
        pytest.param([synthetic.squat(tempo=synthetic.Tempo(0.25, 0, 0.25, 0))], id="fast squat"),
        pytest.param(synthetic.walk_in(turn_deg=90.0), id="walking"),
        pytest.param(synthetic.get_down(), id="getting down"),
        pytest.param(synthetic.rest_in_down_dog(), id="down dog"),
    ],
)
@pytest.mark.parametrize("fps", [10.0, 30.0])
def test_one_person_moving_is_believed(script: list, yaw_deg: float, fps: float) -> None:
    poses = film(script, Camera(yaw_deg), fps=fps).poses
    assert believed(PersonGuard(), synthetic.add_noise(poses, 0.02, seed=0)).all()


@pytest.mark.parametrize("factor", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("distance_m", [2.0, 8.0])
def test_a_bystander_is_refused_at_any_size(factor: float, distance_m: float) -> None:
    camera = Camera(0.0, distance_m)
    there = synthetic.rescale(film([hold(synthetic.STANDING, 0.5)], camera).poses, factor)
    beside = hold(synthetic.STANDING + np.array([0.9, 0, 0]), 0.5)
    other = synthetic.rescale(film([beside], camera).poses, factor)
    guard = PersonGuard()
    assert believed(guard, there).all()
    pose = other[0]
    assert not guard.believes(Pose(0.5, pose.xy_px, pose.xyz_m, pose.visibility))


def test_the_athlete_is_believed_again_at_once() -> None:
    guard = watched()
    for k in range(1, 30):
        assert not guard.believes(standing(1.0 + k * STEP_S, 1.5))
    assert guard.believes(standing(1.0 + 30 * STEP_S, 0.05))
    assert not guard.believes(standing(1.0 + 31 * STEP_S, 1.5))


def test_short_visits_do_not_add_up_to_a_cut() -> None:
    """A bystander taken for the athlete every other half second stays a bystander."""
    guard = watched()
    for k in range(1, 240):
        away = (k // 15) % 2 == 1
        assert guard.believes(standing(1.0 + k * STEP_S, 1.5 if away else 0.0)) is not away


def test_a_camera_cut_is_believed_after_a_while() -> None:
    guard = watched()
    times_s = 1.0 + STEP_S * np.arange(1, 120)
    answers = [guard.believes(standing(float(t), 1.5)) for t in times_s]
    first = answers.index(True)
    assert times_s[first] - 1.0 == pytest.approx(2.5, abs=0.1)
    assert all(answers[first:])
    assert not guard.believes(standing(5.1, 0.0))  # the old place is now the odd one
    # and the one who is there now may move about
    assert guard.believes(standing(5.2, 2.0))
    assert guard.believes(standing(5.3, 1.4))


def test_missing_frames_give_time_to_move_but_not_for_ever() -> None:
    for gap_s, aside_m, expected in ((0.3, 0.9, True), (STEP_S, 0.9, False), (2.0, 2.5, False)):
        guard = watched()
        for time_s in np.arange(1.0 + STEP_S, 1.0 + gap_s - 1e-9, STEP_S):
            assert guard.believes(Pose.unseen(float(time_s)))
        assert guard.believes(standing(1.0 + gap_s, aside_m)) is expected


def test_whoever_is_seen_first_is_the_athlete() -> None:
    guard = PersonGuard()
    assert guard.believes(Pose.unseen(0.0))
    assert guard.believes(standing(0.1, 1.0))
    assert not guard.believes(standing(0.1 + STEP_S, -0.5))


def test_being_unseen_in_between_does_not_hide_a_takeover() -> None:
    guard = watched()
    assert guard.believes(Pose.unseen(1.0 + STEP_S))
    assert not guard.believes(standing(1.0 + 2 * STEP_S, 1.2))
    assert guard.believes(Pose.unseen(1.0 + 3 * STEP_S))
    assert not guard.believes(standing(1.0 + 4 * STEP_S, 1.2))


# -------------------------------------------------------------------------------------- BlazePose


@pytest.fixture(scope="module")
def frames(sample_clip: Path) -> list[Frame]:
    """The first frames of the project's own clip."""
    with ClipReader(sample_clip) as clip:
        return list(islice(clip, 12))


@pytest.fixture(scope="module")
def poses(frames: list[Frame], pose_model: str) -> list[Pose]:
    """What BlazePose says of them."""
    return list(estimate_poses(frames, pose_model))


def test_a_person_is_found(frames: list[Frame], poses: list[Pose]) -> None:
    assert [pose.time_s for pose in poses] == [frame.time_s for frame in frames]
    height, width = frames[0].image.shape[:2]
    for pose in poses:
        assert pose.seen
        assert np.isfinite(pose.xyz_m).all()
        assert ((pose.visibility >= 0) & (pose.visibility <= 1)).all()
        trunk = pose.xy_px[[11, 12, 23, 24]]
        assert ((trunk > 0) & (trunk < [width, height])).all()
        # Metres around the hips, y down: the nose is above, the ankles are below.
        np.testing.assert_allclose(pose.xyz_m[[23, 24]].mean(axis=0), 0, atol=0.05)
        assert pose.xyz_m[0, 1] < -0.3
        assert 0.4 < pose.xyz_m[[27, 28], 1].mean() < 1.2


def test_nothing_leaks_from_one_clip_into_the_next(
    frames: list[Frame], poses: list[Pose], pose_model: str
) -> None:
    again = list(estimate_poses(frames[:4], pose_model))
    for a, b in zip(again, poses, strict=False):
        np.testing.assert_allclose(a.xy_px, b.xy_px, atol=1e-3)


def test_an_empty_picture_gives_an_unseen_pose(pose_model: str) -> None:
    black = Frame(np.zeros((120, 160, 3), np.uint8), 0.0)
    with PoseEstimator(pose_model) as estimator:
        pose = estimator.estimate(black)
    assert not pose.seen
    assert not pose.visibility.any()


def test_hardly_increasing_times_are_no_matter(frames: list[Frame], pose_model: str) -> None:
    """Frames closer together than MediaPipe's milliseconds, as some files have them."""
    image = frames[0].image
    times_s = [0.0, 0.0001, 0.0002, 0.0004, 0.0011, 0.0012]
    with PoseEstimator(pose_model) as estimator:
        got = [estimator.estimate(Frame(image, time_s)) for time_s in times_s]
    assert [pose.time_s for pose in got] == times_s
    assert all(pose.seen for pose in got)


def test_a_picture_that_is_a_view_of_another(frames: list[Frame], pose_model: str) -> None:
    """Rotated and cut pictures are not contiguous in memory."""
    image = frames[0].image
    flipped = np.ascontiguousarray(image[:, ::-1])[:, ::-1]
    with PoseEstimator(pose_model) as one, PoseEstimator(pose_model) as other:
        a, b = one.estimate(Frame(image, 0.0)), other.estimate(Frame(flipped, 0.0))
    np.testing.assert_array_equal(a.xy_px, b.xy_px)


def test_closing_twice_is_no_matter(pose_model: str) -> None:
    estimator = PoseEstimator(pose_model)
    estimator.close()
    estimator.close()


def test_an_unknown_model_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="tiny"):
        PoseEstimator("tiny")


# --------------------------------------------------------------------------------- a small person


FULL_HD = (1280, 720)  # what a clip of 1920 x 1080 is looked at in
BODY_PX = 304  # of the sample's athlete, from head to feet, upright
ATHLETE_X = 160


def put_frames(
    frames: list[Frame], body_px: float, places: list[tuple[float, float]]
) -> tuple[list[Frame], np.ndarray]:
    """Make the sample's athlete small, and tell where the small picture's corner is: (T, 2)."""
    put = [
        put_small(frame.image, body_px / BODY_PX, place, FULL_HD)
        for frame, place in zip(frames, places, strict=True)
    ]
    small = [Frame(image, frame.time_s) for (image, _), frame in zip(put, frames, strict=True)]
    return small, np.array([corner for _, corner in put])


@pytest.mark.parametrize("body_px", [160, 90])
@pytest.mark.parametrize("place", [(0.0, 1.0), (0.35, 0.6), (1.0, 0.1)])
def test_a_small_person_is_found_wherever_they_are(
    frames: list[Frame],
    poses: list[Pose],
    pose_model: str,
    body_px: float,
    place: tuple[float, float],
) -> None:
    """240 px in 1920 x 1080, and less: joints as in the large picture, in the small one's pixels."""
    small, corners = put_frames(frames[:4], body_px, [place] * 4)
    factor = body_px / BODY_PX
    several = list(zip(estimate_poses(small, pose_model), poses, corners, strict=False))
    assert [pose.seen for pose, _, _ in several[1:]] == [True] * 3
    for got, large, corner in several[1:]:
        away_px = np.linalg.norm((got.xy_px - corner) / factor - large.xy_px, axis=1)
        assert np.median(away_px) < 0.03 * BODY_PX
        away_m = np.linalg.norm(got.xyz_m - large.xyz_m, axis=1)
        assert np.median(away_m) < 0.06
        assert np.median(np.abs(got.visibility - large.visibility)) < 0.1


def test_the_window_follows_a_small_person(frames: list[Frame], pose_model: str) -> None:
    """From one side of the picture to the other, at a slow run."""
    many = [Frame(frames[k % 2].image, k / 10) for k in range(40)]
    across = [(k / 39, 0.5) for k in range(40)]
    small, corners = put_frames(many, 120, across)
    got = list(estimate_poses(small, pose_model))
    assert np.mean([pose.seen for pose in got]) > 0.9
    middle = corners + np.array([ATHLETE_X, 180]) * 120 / BODY_PX
    for pose, place in zip(got, middle, strict=True):
        if pose.seen:
            assert abs(pose.xy_px[[23, 24], 0].mean() - place[0]) < 120


def test_who_stands_near_takes_the_place_of_a_small_person(
    frames: list[Frame], pose_model: str
) -> None:
    """Somebody far away is followed until the athlete comes."""
    small, _ = put_frames(frames[:1], 80, [(1.0, 0.2)])
    near = small[0].image.copy()
    near[:, :720] = put_small(frames[0].image[:, :360], 2.0, (0, 0), (720, 720))[0]
    count = LOOK_FRAMES + LOOK_FRAMES // 2
    clip = [Frame(small[0].image if k < 5 else near, k / 10) for k in range(count)]
    got = list(estimate_poses(clip, pose_model))
    heights = [np.ptp(pose.xy_px[:, 1]) for pose in got]
    assert heights[3] < 100
    assert heights[-1] > 200


def test_a_small_person_in_a_large_clip_is_found(
    frames: list[Frame], pose_model: str, tmp_path: Path
) -> None:
    """240 px tall in 1920 x 1080, from the file on."""
    size = (1920, 1080)
    image, corner = put_small(frames[0].image, 240 / BODY_PX, (0.8, 0.7), size)
    clip = write_clip(tmp_path / "small.mp4", spaced(6), size, draw=lambda *_: image)
    info, poses = estimate_clip(clip, model=pose_model)
    assert (info.width_px, info.height_px) == size
    assert poses.seen.all()
    ankles_px = poses.xy_px[:, [27, 28], 1].mean() * 1080 / poses.image_size[1]
    assert ankles_px == pytest.approx(corner[1] + 300 * 240 / BODY_PX, abs=15)


def test_who_is_much_smaller_than_the_athlete_is_somebody_else(
    frames: list[Frame], pose_model: str
) -> None:
    """The athlete leaves, and somebody far behind stays in view."""
    far, _ = put_frames(frames[:1], 90, [(1.0, 0.2)])
    both = far[0].image.copy()
    both[:, :720] = put_small(frames[0].image[:, :360], 2.0, (0, 0), (720, 720))[0]
    clip = [Frame(both if k < 6 else far[0].image, k / 10) for k in range(16)]
    got = list(estimate_poses(clip, pose_model))
    assert [pose.seen for pose in got] == [True] * 6 + [False] * 10


def test_who_is_too_small_is_told_to_come_closer(
    frames: list[Frame], pose_model: str, tmp_path: Path
) -> None:
    small, _ = put_frames(frames[:1], 54, [(0.4, 0.5)])
    clip = write_clip(
        tmp_path / "far.mp4",
        spaced(21, 10.0),
        FULL_HD,
        options={"qp": "10"},
        draw=lambda index, width, height: small[0].image,
    )
    with pytest.raises(NobodyInView, match=r"Nobody is in view in far\.mp4\.") as caught:
        estimate_clip(clip, model=pose_model)
    assert "come closer" in caught.value.advice


def test_a_large_person_is_tracked_by_mediapipe_alone(
    frames: list[Frame], poses: list[Pose], pose_model: str
) -> None:
    """Nothing of the search changes what is found in the whole picture, to the last bit."""
    import mediapipe as mp

    with PoseEstimator(pose_model) as estimator:
        for frame, pose in zip(frames, poses, strict=True):
            image = mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(frame.image))
            stamp = round(frame.time_s * 1000)
            marks = estimator._landmarker.detect_for_video(image, stamp).pose_landmarks[0]
            height, width = frame.image.shape[:2]
            xy_px = np.array([(m.x * width, m.y * height) for m in marks], np.float32)
            assert np.array_equal(pose.xy_px, xy_px)


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (640, 360), (500, 500)])
@pytest.mark.parametrize("parts", [2, 3])
def test_parts_cover_the_picture_and_overlap(size: tuple[int, int], parts: int) -> None:
    windows = tile(size, parts)
    side = min(size) // parts
    covered = np.zeros(size[::-1], int)
    for window in windows:
        assert window.size == (side, side)
        covered[window.top : window.bottom, window.left : window.right] += 1
    assert covered.min() >= 1
    assert covered.shape == size[::-1]
    lefts = sorted({window.left for window in windows})
    assert np.diff(lefts).max() <= 2 / 3 * side + 1


# -------------------------------------------------------------------------------- several people


def test_other_people_are_counted(frames: list[Frame], pose_model: str) -> None:
    image = frames[0].image[:, :360]  # the athlete in its middle
    two = np.concatenate([image, image], axis=1)
    for picture, expected in ((two, {(0, 1), (1, 0)}), (image, {(0, 0)})):
        clip = [Frame(picture, k / 30) for k in range(LOOK_FRAMES // 2)]
        got = [pose.others for pose in estimate_poses(clip, pose_model)]
        assert np.isnan(got[:-1]).all()
        assert tuple(got[-1]) in expected
