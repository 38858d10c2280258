"""The app as its users meet it: from an uploaded clip to the files they take home."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gym.pose.weights import available_models
from gym.ui.cached import SAMPLE_FOLDER
from tests.browser.questions import HEADS_S, PHONE, READY, SIDEWAYS

CLIP = SAMPLE_FOLDER / "clip.mp4"
#: Pose estimation on a busy machine without a GPU.
PATIENCE_MS = 180_000

needs_pose_model = pytest.mark.skipif(
    available_models()["full"] is not None,
    reason="the pose model is not here: run `python -m gym weights`",
)


def upload(page: Page, path: Path) -> None:
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(path)


def open_sample(page: Page) -> Page:
    page.get_by_role("button", name="Try the sample").click()
    page.wait_for_function(READY)
    return page


def download(page: Page, label: str) -> Path:
    with page.expect_download() as coming:
        page.get_by_role("button", name=label).click()
    return coming.value.path()


@needs_pose_model
def test_from_upload_to_download(app_url, open_page):
    page = open_page(f"{app_url}/analyse")
    expect(page).to_have_title("Analyse · Virtual Gym Assistant")
    upload(page, CLIP)
    expect(page.locator(".st-key-progress")).to_contain_text("Finding the athlete")
    expect(page.locator(".st-key-progress")).to_contain_text("left")
    page.wait_for_function(READY, timeout=PATIENCE_MS)
    reps = page.evaluate("__player.data.reps")
    assert len(reps) >= 3

    # Playing moves the playhead over both charts.
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("__player.video.currentTime > 0.5")
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_function(
        f"({HEADS_S})().every((at) => Math.abs(at - __player.video.currentTime) < 0.1)"
    )
    assert len(page.evaluate(HEADS_S)) == 2

    # A rep that is clicked is played again and again.
    second = reps[1]
    page.locator(".reps button").nth(1).click()
    inside = f"""(() => {{ const now = __player.video.currentTime;
        return now > {second["startS"] - 0.3} && now < {second["endS"] + 0.3}; }})()"""
    page.wait_for_function(inside)
    page.evaluate(f"__player.video.currentTime = {second['endS'] - 0.1}")
    page.wait_for_function(f"__player.video.currentTime < {second['endS'] - 0.3}")
    assert page.evaluate(inside)

    # A row that is clicked is sought.
    table = page.locator("[data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    row_px = box["height"] / (len(reps) + 1)
    table.click(position={"x": 90, "y": 3.5 * row_px})
    page.wait_for_function(
        f"Math.abs(__player.video.currentTime - {reps[2]['startS']}) < 0.2 + "
        f"({reps[2]['endS']} - {reps[2]['startS']}) * !__player.video.paused"
    )

    # What is downloaded is what was shown.
    with download(page, "Reps (CSV)").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["start_s"]) for row in rows] == [rep["startS"] for rep in reps]
    everything = json.loads(download(page, "Everything (JSON)").read_text(encoding="utf-8"))
    assert everything["schema"] == 1
    assert len(everything["reps"]) == len(reps)
    assert download(page, "Angles (CSV)").read_text().startswith("time_s,")
    assert download(page, "Poses (NPZ)").read_bytes()[:2] == b"PK"
    page.get_by_role("button", name="Make the annotated video").click()
    expect(page.get_by_role("button", name="Annotated video (MP4)")).to_be_visible(
        timeout=PATIENCE_MS
    )
    video = download(page, "Annotated video (MP4)").read_bytes()
    assert video[4:8] == b"ftyp"
    assert len(video) > 20_000


@needs_pose_model
def test_an_analysis_is_found_again_by_a_reload_and_can_be_cancelled(app_url, open_page):
    page = open_page(f"{app_url}/analyse")
    upload(page, CLIP)
    expect(page.locator(".st-key-progress")).to_contain_text("Finding the athlete")
    page.reload()
    expect(page.locator(".st-key-progress")).to_contain_text("Analysing clip.mp4")
    page.locator(".st-key-cancel_analysis button").click()
    expect(page.get_by_role("button", name="Try the sample")).to_be_visible()
    expect(page.locator(".st-key-progress")).to_have_count(0)
    expect(page.locator("[data-testid=stAlert]")).to_have_count(0)


def test_what_is_no_video_is_said_and_the_page_goes_on(app_url, open_page, tmp_path):
    notes = tmp_path / "notes.mp4"
    notes.write_text("Monday: five squats\n" * 50)
    page = open_page(f"{app_url}/analyse")
    upload(page, notes)
    alert = page.locator("[data-testid=stAlert]")
    expect(alert).to_contain_text("notes.mp4", timeout=PATIENCE_MS)
    open_sample(page)
    expect(page.locator("[data-testid=stAlert]", has_text="notes.mp4")).to_have_count(0)


def test_the_sample_opens_from_home_and_survives_a_page_change(app_url, open_page):
    page = open_sample(open_page(app_url))
    expect(page.locator(".st-key-summary")).to_contain_text("Squat")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Your clips stay here")).to_be_visible()
    page.get_by_role("link", name="Analyse", exact=True).click()
    expect(page.locator(".st-key-summary")).to_contain_text("Squat")
    page.wait_for_function(READY)
    page.reload()
    expect(page.locator(".st-key-summary")).to_contain_text("Squat")
    page.wait_for_function(READY)
    page.wait_for_function("__player.video.readyState >= 2")  # its clip plays, too


def test_another_exercise_is_judged_at_once(app_url, open_page):
    page = open_sample(open_page(app_url))
    page.get_by_text("Exercise, counter and limits").click()
    page.get_by_label("Exercise", exact=False).first.click()
    page.get_by_role("option", name="Push-up").click()
    expect(page.locator(".st-key-summary")).to_contain_text("your choice")
    expect(page.locator(".st-key-progress")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(app_url, open_page, scheme):
    page = open_page(app_url, color_scheme=scheme, **PHONE)
    expect(page.get_by_role("heading", name="What it cannot do")).to_be_visible()
    assert page.evaluate(SIDEWAYS) <= 0
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    brightness = sum(int(part) for part in ground.removeprefix("rgb(").rstrip(")").split(",")) / 3
    assert (brightness > 128) == (scheme == "light")
    open_sample(page)
    expect(page.get_by_role("button", name="Make the annotated video")).to_be_visible()
    assert page.evaluate(SIDEWAYS) <= 0
    for chart in page.locator(".js-plotly-plot").all():
        box = chart.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
