"""The Compare page as its users meet it: one clip counted by all, and a folder of clips."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from gym.counting import ARENA, COUNTERS
from gym.evaluation.report import LONG_REPS
from gym.posefiles import write_poses
from gym.posefiles.analysis import read_analysis
from gym.ui.cached import SAMPLE_FOLDER
from tests.browser.questions import HEADS_S, PHONE, READY, SIDEWAYS

PATIENCE_MS = 90_000
LOADED = """document.querySelector('.stApp').dataset.testScriptState == 'notRunning' &&
    [...document.querySelectorAll('.st-key-stills img')].every((one) => one.naturalWidth > 0)"""


def open_sample(page: Page) -> Page:
    page.get_by_role("button", name="Try the sample").click()
    page.wait_for_function(READY)
    return page


def choose(page: Page, label: str, place: int) -> None:
    """Choose from a list, which closes again when the page still scrolls or runs."""
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    for _ in range(8):
        box.press("ArrowDown")
        with contextlib.suppress(TimeoutError):
            page.get_by_role("option").nth(place).click(timeout=2500)
            return
        box.press("Escape")
    pytest.fail(f"the list {label} does not open")


def test_one_clip_all_counters(app_url, open_page):
    page = open_sample(open_page(f"{app_url}/analyse"))
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page).to_have_title("Compare · Virtual Gym Assistant")
    page.wait_for_function(READY)
    for counter in COUNTERS.values():
        expect(page.locator(".st-key-summary")).to_contain_text(counter.title)

    # A click on the ticks seeks, and both cursors follow.
    page.locator(".st-key-chart_counters .nsewdrag").click(position={"x": 150, "y": 60})
    page.wait_for_function("__player.video.currentTime > 0.5 && !__player.video.seeking")
    page.wait_for_function(
        f"({HEADS_S})().length == 2 && "
        f"({HEADS_S})().every((at) => Math.abs(at - __player.video.currentTime) < 0.15)"
    )

    # The pictures of a rep, and another one's.
    pictures = page.locator(".st-key-stills img")
    expect(pictures).to_have_count(3)
    first = pictures.nth(1).get_attribute("src")
    page.wait_for_function(LOADED)  # until then the page moves, and would close a list
    choose(page, "Rep", 1)
    expect(pictures.nth(1)).not_to_have_attribute("src", first)
    expect(page.get_by_text("Checks", exact=False).first).to_be_visible()

    # The truth gives every counter its error.
    page.locator("[class*=st-key-true_count] input").fill("99")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-summary")).to_contain_text("missed")


def test_a_published_counter_and_the_matrix_follow_the_player(app_url, open_page):
    page = open_sample(open_page(f"{app_url}/compare"))
    page.get_by_role("button", name=ARENA["repnet"].title).click()
    expect(page.locator(".st-key-summary")).to_contain_text(ARENA["repnet"].title)
    page.locator(".st-key-show_likeness label").click()
    cells = page.locator(".st-key-chart_likeness .nsewdrag")
    expect(cells).to_be_visible()
    page.wait_for_function("__player.heads.size == 4")
    cells.scroll_into_view_if_needed()
    cells.click(position={"x": 150, "y": 60})
    page.wait_for_function("__player.video.currentTime > 0.5 && !__player.video.seeking")
    page.wait_for_function(
        f"({HEADS_S})().every((at) => Math.abs(at - __player.video.currentTime) < 0.15)"
    )


def test_a_disagreement_that_is_clicked_is_sought(app_url, open_page):
    page = open_sample(open_page(f"{app_url}/compare"))
    disputed = page.evaluate("__player.data.reps.filter((rep) => rep.label)")
    assert disputed, "two counters have the half squat of the sample"
    table = page.locator("[class*=st-key-disagreements] [data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 60, "y": 1.5 * table.bounding_box()["height"] / (len(disputed) + 1)})
    page.wait_for_function(f"Math.abs(__player.video.currentTime - {disputed[0]['startS']}) < 0.3")


def test_a_folder_is_scored_and_its_report_taken_home(app_url, open_page, tmp_path: Path):
    _, poses = read_analysis(SAMPLE_FOLDER)
    write_poses(poses, tmp_path / "sample.npz")
    (tmp_path / "labels.csv").write_text(
        "id,file,exercise,reps\nfive,sample.npz,squat,5\ngone,gone.npz,squat,3\n"
    )
    page = open_page(f"{app_url}/compare")
    page.get_by_role("radio", name="Several clips").click()
    folder = page.locator(".st-key-scoring_folder input")
    folder.fill(str(tmp_path))
    folder.press("Enter")
    expect(page.get_by_text("2 labelled clips")).to_be_visible()
    page.get_by_role("button", name="Score the clips").click()
    expect(page.get_by_role("heading", name="Clip by clip")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("[data-testid=stAlert]")).to_contain_text("1 of 2 clips were not counted")
    expect(page.get_by_text(f"Clips with more than {LONG_REPS} reps")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Report (JSON)").click()
    report = json.loads(coming.value.path().read_text())
    assert set(report["methods"]) == set(COUNTERS)
    assert [row["id"] for row in report["clips"]] == ["five", "gone"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(app_url, open_page, scheme):
    page = open_page(f"{app_url}/compare", color_scheme=scheme, **PHONE)
    open_sample(page)
    expect(page.locator(".st-key-stills img")).to_have_count(3)
    assert page.evaluate(SIDEWAYS) <= 0
    for chart in page.locator(".js-plotly-plot").all():
        box = chart.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    boxes = [picture.bounding_box() for picture in page.locator(".st-key-stills img").all()]
    assert len({round(box["y"]) for box in boxes}) == 1, "side by side"
