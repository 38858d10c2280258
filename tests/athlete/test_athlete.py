"""The synthetic athlete: bones, camera and pixels on small known cases, and the shipped clips."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from gym.athlete.body import Rig, about, about_x, about_y, basis, place_middle_joint, unit
from gym.athlete.clothes import Part, vertex_normals
from gym.athlete.motion import (
    PushUpSet,
    SquatRep,
    SquatSet,
    Tempo,
    ease,
    find_root,
    lay_out,
)
from gym.athlete.postures import Body
from gym.athlete.render import Camera, blur, find_nearest
from gym.athlete.sample import (
    FRAMES_PER_S,
    PUSH_UPS,
    SAMPLE_FOLDER,
    SQUATS,
    describe_set,
    write_sample,
)

CLIPS = {
    "squat": (SAMPLE_FOLDER / "clip.mp4", SAMPLE_FOLDER / "truth.json"),
    "push_up": tuple(
        Path(__file__).parents[1] / "data" / f"push_up.{kind}" for kind in ("mp4", "json")
    ),
}
SETS = {"squat": SQUATS, "push_up": PUSH_UPS}


# --- bones --------------------------------------------------------------------------------------


def arm_rig() -> Rig:
    """Return a pelvis with a two-bone arm that lies along x."""
    return Rig(
        ("pelvis", "upper", "lower"), np.array([-1, 0, 1]), np.eye(3)[[0, 0, 0]] * [[0], [1], [2]]
    )


def test_a_resting_rig_stays_where_it_is():
    rig = arm_rig()
    posture = rig.pose({}, rig.at("pelvis"))
    assert np.allclose(posture.joints_m, rig.rest_m)
    assert np.allclose(posture.rotations, np.eye(3))


def test_turned_bones_carry_what_hangs_on_them():
    posture = arm_rig().pose({"upper": about_y(np.pi / 2)}, np.array([0.0, 5.0, 0.0]))
    # The upper bone begins at the pelvis' x + 1 and now points along -z.
    assert np.allclose(posture.joints_m, [[0, 5, 0], [1, 5, 0], [1, 5, -1]])
    assert np.allclose(posture.rotations[2], about_y(np.pi / 2))


def test_a_bend_adds_to_what_the_parent_does():
    turns = {"upper": about_y(0.3)}
    bent = arm_rig().pose(turns, np.zeros(3), {"lower": about_y(0.5)})
    assert np.allclose(bent.rotations[2], about_y(0.8))


def test_a_rig_refuses_children_before_parents():
    with pytest.raises(ValueError, match="parent before"):
        Rig(("a", "b"), np.array([1, -1]), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="expected as many"):
        Rig(("a", "b"), np.array([-1, 0]), np.zeros((3, 3)))


@pytest.mark.parametrize("turn", [about_x(0.7), about_y(-2.1), about(np.array([1.0, 2, 3]), 1.3)])
def test_turns_are_rotations(turn):
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1.0)


def test_turns_go_the_way_they_say():
    assert np.allclose(about_x(np.pi / 2) @ [0, 1, 0], [0, 0, 1])  # up tips forwards
    assert np.allclose(about_y(np.pi / 2) @ [0, 0, 1], [1, 0, 0])  # ahead turns left
    assert np.allclose(about(np.array([0, 2.0, 0]), 0.4), about_y(0.4))
    axes = basis(np.array([0.0, -3, 0]), np.array([0.0, 1, 1]))
    assert np.allclose(axes, np.array([[0, -1, 0], [0, 0, 1], [-1, 0, 0]]).T)


def test_the_middle_joint_keeps_both_lengths_and_bends_where_told():
    random = np.random.default_rng(3)
    for _ in range(50):
        start, towards = random.normal(size=(2, 3))
        end = start + unit(random.normal(size=3)) * random.uniform(0.2, 0.89)
        middle = place_middle_joint(start, end, 0.42, 0.48, towards)
        assert np.linalg.norm(middle - start) == pytest.approx(0.42)
        assert np.linalg.norm(end - middle) == pytest.approx(0.48)
        assert (middle - start) @ (towards - towards @ unit(end - start) * unit(end - start)) > 0


def test_a_limb_that_cannot_reach_stretches_towards_its_goal():
    middle = place_middle_joint(
        np.zeros(3), np.array([0, -9.0, 0]), 0.4, 0.4, np.array([0, 0, 1.0])
    )
    assert np.linalg.norm(middle) == pytest.approx(0.4)
    assert middle[1] < -0.399


# --- camera and pixels --------------------------------------------------------------------------


def test_a_camera_at_the_side_sees_ahead_to_the_right_and_up_as_up():
    camera = Camera(-90, (0, 1, 0), distance_m=4, height_m=1, size=(640, 360), view_deg=90)
    middle, ahead, above = camera.project(np.array([[0, 1, 0], [0, 1, 1], [0, 2, 0.0]]))
    assert middle == pytest.approx([320, 180, 4])
    # With 90 degrees over 360 px the focal length is 180 px: 1 m at 4 m makes 45 px.
    assert ahead == pytest.approx([365, 180, 4])
    assert above == pytest.approx([320, 135, 4])


def test_yaw_zero_is_the_front_and_ninety_the_left_side():
    front = Camera(0, (0, 1, 0), 4, 1)
    assert front.eye_m == pytest.approx([0, 1, 4])
    assert Camera(90, (0, 1, 0), 4, 1).eye_m == pytest.approx([4, 1, 0])
    left_hand, right_hand = front.project(np.array([[0.5, 1, 0], [-0.5, 1, 0]]))
    assert left_hand[0] > right_hand[0]  # who faces the camera has the left hand at our right


@pytest.mark.parametrize("scale", [1, 2])
def test_rays_go_through_the_pixels_that_points_on_them_project_to(scale):
    camera = Camera(33, (0.2, 0.9, -0.1), 3, 1.4, size=(32, 18))
    points = camera.eye_m + 2.5 * camera.rays(scale)
    seen = camera.project(points, scale)
    across, down = np.meshgrid(np.arange(32 * scale) + 0.5, np.arange(18 * scale) + 0.5)
    assert np.allclose(seen[..., 0], across)
    assert np.allclose(seen[..., 1], down)
    assert np.allclose(seen[..., 2], 2.5)


SQUARE = [[0, 0], [0, 8], [8, 8], [8, 0]]  # anticlockwise seen with y up, so in px with y down


def stack_squares(*depths: float) -> tuple[np.ndarray, np.ndarray]:
    """Return squares over all of an 8 x 8 px picture, one behind the other."""
    points = [[x, y, depth] for depth in depths for x, y in SQUARE]
    faces = [[4 * k + i for i in f] for k in range(len(depths)) for f in ((0, 1, 2), (0, 2, 3))]
    return np.array(points, dtype=float), np.array(faces)


@pytest.mark.parametrize("depths", [(2.0, 5.0), (5.0, 2.0)])
def test_the_nearest_surface_wins(depths):
    points, faces = stack_squares(*depths)
    seen = find_nearest(points, faces, (8, 8))
    assert np.array_equal(seen.pixel, np.arange(64))  # every pixel, once
    assert set(seen.face // 2) == {depths.index(2.0)}
    assert np.allclose(seen.depth, 2.0)
    assert np.allclose(seen.corner.sum(axis=1), 1)


def test_surfaces_that_cross_share_the_picture():
    points, faces = stack_squares(3.0, 3.0)
    points[4:, 2] = [2, 2, 4, 4]  # nearer than the first at the left, farther at the right
    seen = find_nearest(points, faces, (8, 8))
    second = (seen.face >= 2).reshape(8, 8)
    assert second[:, :4].all()
    assert not second[:, 4:].any()


def test_faces_turned_away_behind_the_camera_or_outside_are_not_seen():
    points, faces = stack_squares(2.0)
    assert len(find_nearest(points, faces[:, ::-1], (8, 8)).pixel) == 0
    assert len(find_nearest(points * [1, 1, -1], faces, (8, 8)).pixel) == 0
    assert len(find_nearest(points + np.array([20, 0, 0]), faces, (8, 8)).pixel) == 0
    half = find_nearest(points + np.array([-4, 0, 0]), faces, (8, 8))
    assert np.array_equal(np.unique(half.pixel % 8), np.arange(4))


def test_a_blur_keeps_flat_areas_and_the_total():
    assert np.allclose(blur(np.full((6, 9, 3), 0.4), 2), 0.4)
    dot = np.zeros((21, 21))
    dot[10, 10] = 1.0
    spread = blur(dot, 2)
    assert spread.sum() == pytest.approx(1.0)
    assert spread[10, 10] == spread.max() < 0.1
    assert np.allclose(spread, spread.T)


# --- surfaces -----------------------------------------------------------------------------------


def test_a_cut_ends_where_the_value_is_zero():
    square = Part(
        np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0.0]]),
        np.array([[1, 0], [1, 0], [0, 1], [0, 1.0]]),
        np.array([[0, 1, 2], [0, 2, 3]]),
    )
    lower = square.cut(0.5 - square.vertices[:, 1])
    assert lower.vertices[:, 1].max() == pytest.approx(0.5)
    a, b, c = (lower.vertices[lower.faces[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)[:, 2] / 2
    assert (area > 0).all()  # still anticlockwise
    assert area.sum() == pytest.approx(1.0)
    # What moves the new vertices lies between what moves the old ones.
    assert np.allclose(lower.shares[:, 1], lower.vertices[:, 1] / 2)
    upper = square.cut(square.vertices[:, 1] - 0.5)
    assert upper.vertices[:, 1].min() == pytest.approx(0.5)


def test_letting_out_moves_along_the_normals():
    square = Part(
        np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0.0]]), np.ones((3, 1)), np.array([[0, 1, 2]])
    )
    assert np.allclose(vertex_normals(square.vertices, square.faces), [0, 0, 1])
    assert np.allclose(square.let_out(0.1).vertices[:, 2], 0.1)
    assert np.allclose(square.let_out(np.array([0.1, 0, 0.3])).vertices[:, 2], [0.1, 0, 0.3])


# --- motion -------------------------------------------------------------------------------------


def test_easing_rises_from_rest_to_rest():
    steps = np.array([ease(x) for x in np.linspace(-0.2, 1.2, 141)])
    assert steps.min() == 0
    assert steps.max() == 1
    assert (np.diff(steps) >= 0).all()


def test_reps_follow_each_other_and_reach_the_bottom_when_they_say():
    spans = lay_out([Tempo(), Tempo(2.0, 0.4, 1.0, 0.3), Tempo(0.5)], lead_s=1.5)
    assert spans[0].start_s == 1.5
    for span in spans:
        assert span.start_s < span.down_until_s < span.bottom_s < span.up_from_s < span.end_s
        assert span.phase(span.start_s) == span.phase(span.end_s) == 0
        assert span.phase(span.bottom_s) == 1
    assert spans[2].start_s == pytest.approx(spans[1].end_s + 0.3)


def test_a_root_is_found_on_either_slope_and_missed_ones_are_told():
    assert find_root(lambda x: x * x - 2, 0, 2) == pytest.approx(2**0.5, abs=1e-5)
    assert find_root(lambda x: 2 - x * x, 0, 2) == pytest.approx(2**0.5, abs=1e-5)
    with pytest.raises(ValueError, match="change of sign"):
        find_root(lambda x: 1 + x * x, 0, 2)


# --- the shipped clips --------------------------------------------------------------------------


@pytest.fixture(params=list(CLIPS))
def clip(request):
    """Return a clip's exercise, its path and its truth."""
    path, truth = CLIPS[request.param]
    return request.param, path, json.loads(truth.read_text())


def test_the_truth_is_that_of_the_script(clip):
    exercise, _, truth = clip
    reps = truth["reps"]
    assert truth["exercise"] == exercise
    assert truth["count"] == sum(rep["kind"] == "full" for rep in reps)
    assert [(rep["kind"], rep["fault"]) for rep in reps] == [
        (rep.kind, rep.fault or None) for rep in SETS[exercise]
    ]
    depth = {"squat": "hip_depth", "push_up": "shoulder_depth"}[exercise]
    assert [rep[depth] for rep in reps] == pytest.approx(
        [rep.depth for rep in SETS[exercise]], abs=0.002
    )
    times = [rep[key] for rep in reps for key in ("start_s", "bottom_s", "end_s")]
    assert times[0] > 1  # stillness before and after
    assert times[-1] + 0.9 < truth["duration_s"]
    assert (np.diff(times) > 0).all()


def test_the_faults_are_in_the_truth_and_nowhere_else(clip):
    exercise, _, truth = clip
    good = [rep for rep in truth["reps"] if rep["kind"] == "full" and not rep["fault"]]
    faulty = {rep["fault"]: rep for rep in truth["reps"] if rep["fault"]}
    assert len(good) >= 3
    if exercise == "squat":
        assert all(rep["hip_depth"] > 0.1 and rep["lean_deg"] < 35 for rep in good)
        assert faulty["shallow"]["hip_depth"] < -0.2
        assert faulty["forward_lean"]["lean_deg"] > 60
        (partial,) = [rep for rep in truth["reps"] if rep["kind"] == "partial"]
        assert partial["knee_deg"] > faulty["shallow"]["knee_deg"] + 20
    else:
        assert all(rep["shoulder_depth"] > 0.05 and abs(rep["line_deg"]) < 5 for rep in good)
        assert faulty["shallow"]["shoulder_depth"] < -0.2
        assert faulty["hollow"]["line_deg"] < -10


def test_the_angles_of_every_frame_agree_with_the_reps(clip):
    exercise, _, truth = clip
    angle = np.array(truth["angles"]["knee_deg" if exercise == "squat" else "elbow_deg"])
    assert len(angle) == truth["frames"]
    time_s = np.arange(len(angle)) / truth["frames_per_s"]
    for rep in truth["reps"]:
        during = (time_s >= rep["start_s"]) & (time_s <= rep["end_s"])
        lowest = time_s[during][angle[during].argmin()]
        assert lowest == pytest.approx(rep["bottom_s"], abs=0.3)
        assert angle[time_s.searchsorted(rep["start_s"]) - 1] > 160


def test_the_file_is_the_one_the_truth_speaks_of(clip):
    from gym.media.reader import ClipReader

    _, path, truth = clip
    with ClipReader(path) as reader:
        times = [frame.time_s for frame in reader]
        info = reader.info()
    assert info.frames == truth["frames"]
    assert info.duration_s == pytest.approx(truth["duration_s"], abs=0.02)
    assert (info.width_px, info.height_px) == (truth["width_px"], truth["height_px"])
    assert np.allclose(times, np.arange(truth["frames"]) / FRAMES_PER_S, atol=1e-4)


@pytest.mark.parametrize(("exercise", "most_bytes"), [("squat", 550_000), ("push_up", 400_000)])
def test_the_clips_stay_small(exercise, most_bytes):
    assert CLIPS[exercise][0].stat().st_size < most_bytes


# --- with the body ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mesh():
    """Return the athlete's mesh: from the cache, or fetched where slow tests were asked for."""
    from gym.athlete.mesh import mesh_path, read_mesh

    if not mesh_path().is_file() and not os.environ.get("RUN_SLOW"):
        pytest.skip(
            "the athlete's body is not cached: run `python -m gym sample`, or set RUN_SLOW=1"
        )
    return read_mesh()


def test_the_mesh_is_whole(mesh):
    assert np.allclose(mesh.shares.sum(axis=1), 1)
    assert mesh.faces.max() < len(mesh.vertices_m)
    assert mesh.vertices_m[:, 1].min() == pytest.approx(0, abs=0.003)  # the soles are on the floor
    assert 1.6 < mesh.vertices_m[:, 1].max() < 1.9
    rest = mesh.rig.pose({}, mesh.rig.at("pelvis"))
    assert np.allclose(mesh.follow(rest.joints_m, rest.rotations), mesh.vertices_m)


def test_feet_and_hands_stay_planted(mesh):
    body = Body(mesh.rig)
    squats = SquatSet(body, [SquatRep()])
    push_ups = PushUpSet(body, PUSH_UPS[:1])
    for exercise_set, planted in ((squats, ("foot_l", "foot_r")), (push_ups, ("ball_l", "hand_r"))):
        times = np.linspace(exercise_set.spans[0].start_s, exercise_set.spans[0].end_s, 9)
        postures = [exercise_set.posture(t) for t in times]
        for bone in planted:
            place = np.array([p.joints_m[mesh.rig.index(bone)] for p in postures])
            assert np.ptp(place, axis=0).max() < 0.004


def test_walking_feet_do_not_slide_and_end_where_the_set_begins(mesh):
    squats = SquatSet(Body(mesh.rig), [SquatRep()], steps=3)
    first = squats.spans[0].start_s
    times = np.arange(0, first + 0.1, 0.04)
    ankles = np.array(
        [
            [squats.posture(t).joints_m[mesh.rig.index(f"foot_{side}")] for side in "lr"]
            for t in times
        ]
    )
    steps_m = np.linalg.norm(np.diff(ankles, axis=0), axis=2)
    assert steps_m.max() < 0.15  # nothing jumps
    assert steps_m.min(axis=1).max() < 0.004  # one foot stands at any time
    assert np.allclose(ankles[-1][:, 2], 0, atol=0.002)
    assert ankles[0][:, 2].max() < -0.5


def test_the_truth_is_the_same_every_time(mesh):
    body = Body(mesh.rig)
    squats = SquatSet(body, SQUATS, steps=2)
    postures = [squats.posture(k / FRAMES_PER_S) for k in range(0, 100, 20)]
    again = SquatSet(body, SQUATS, steps=2)
    same = [again.posture(k / FRAMES_PER_S) for k in range(0, 100, 20)]
    assert describe_set(squats, body, postures) == describe_set(again, body, same)


def test_a_picture_shows_the_athlete_where_the_camera_says(mesh):
    from gym.athlete.scene import Scene

    camera = Camera(-80, (0.0, 0.86, 0.05), 3.05, 1.15, size=(160, 90))
    squats = SquatSet(Body(mesh.rig), [SquatRep()])
    standing = squats.posture(0.0)
    scene = Scene(mesh, camera)
    picture = scene.draw(standing)
    assert picture.shape == (90, 160, 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, scene.draw(standing))  # nothing is drawn at random
    moved = np.abs(picture.astype(int) - scene.draw(squats.posture(squats.spans[0].bottom_s))).max(
        2
    )
    x, y, _ = camera.project(standing.joints_m[mesh.rig.index("head")])
    assert moved[int(y), int(x)] > 30  # the head was there and is gone


@pytest.mark.skipif(not os.environ.get("RUN_SLOW"), reason="renders for a minute: set RUN_SLOW=1")
def test_the_shipped_truth_is_what_the_command_writes(tmp_path):
    truth = write_sample(tmp_path / "sample.mp4")
    assert truth == json.loads(CLIPS["squat"][1].read_text())


def test_a_body_that_cannot_be_fetched_is_told_with_advice(tmp_path, monkeypatch):
    from gym.athlete.mesh import read_mesh
    from gym.errors import WeightsError

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(WeightsError, match="could not be fetched") as told:
        read_mesh()
    assert "network" in told.value.advice
    assert not list(tmp_path.rglob("*.npz"))
