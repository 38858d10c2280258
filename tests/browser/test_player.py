"""The synced player in a real browser, on a clip whose frames show their own numbers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from gym.drawing import skeleton
from gym.ui.components import player
from tests.browser.conftest import Pages, serve
from tests.browser.player_site import (
    FRAMES,
    HEIGHT,
    REPS_S,
    TIME_S,
    UNSEEN_FRAME,
    WIDTH,
    write_numbered_clip,
)

READY = "window.__player?.video.readyState >= 3 && __player.poses && __player.heads.size == 2"
#: Where each playhead stands, back from pixels to seconds by Plotly's own axis. Were Plotly's
#: private `_fullLayout` to change, this and the player would fail together, and here is where it shows.
HEADS_S = """() => [...document.querySelectorAll('.js-plotly-plot')].map((chart) => {
    const head = chart.querySelector('.playhead');
    if (!head) return null;
    const axis = chart._fullLayout.xaxis;
    const plot = chart.querySelector('.draglayer .nsewdrag');
    const box = plot.getBoundingClientRect(), at = head.getBoundingClientRect();
    if (Math.abs(box.top - at.top) > 2 || Math.abs(box.height - at.height) > 2) return 'not on the plot';
    const share = (at.left + at.width / 2 - box.left) / box.width;
    return axis.range[0] + share * (axis.range[1] - axis.range[0]);
})"""
#: The number that the picture on the screen shows.
NUMBER = """() => {
    const { video } = __player, canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const pen = canvas.getContext('2d');
    pen.drawImage(video, 0, 0);
    const row = pen.getImageData(0, canvas.height / 2, canvas.width, 1).data;
    const white = (i) => row[4 * Math.floor((i + 0.5) * canvas.width / 8)] > 127;
    return [0, 1, 2, 3, 4, 5, 6, 7].reduce((number, i) => number + (white(i) ? 2 ** i : 0), 0);
}"""


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("player")
    clip = write_numbered_clip(folder / "numbers.mp4")
    script = Path(__file__).with_name("player_site.py")
    with serve(script, folder, PLAYER_SITE_CLIP=str(clip)) as url:
        yield url


@pytest.fixture(scope="module")
def shared_page(site, browser):
    """One page for all tests that leave it as it was: it takes seconds to open."""
    pages = Pages(browser)
    yield ready(pages(site)), pages
    pages.close()


@pytest.fixture
def page(shared_page):
    """Give the shared page, at rest; no test of it may have caused a rerun or an error."""
    page, pages = shared_page
    page.evaluate("__player.video.pause(); __player.setLoop(null); __player.setRate(1)")
    seek(page, 0.0)
    yield page
    expect(page.get_by_text("run 1", exact=True)).to_be_visible()
    pages.check()


@pytest.fixture
def own_page(site, open_page):
    """Give a page for one test alone."""
    return ready(open_page(site))


def ready(page: Page) -> Page:
    page.wait_for_function(READY)
    return page


def settled(page: Page, time_s: float, within_s: float = 0.03) -> None:
    """Wait until the player stands at a time, with the very frame of that time on the screen."""
    page.wait_for_function(
        f"""([times, wanted, within]) => {{
        const now = __player.video.currentTime, number = ({NUMBER})();
        return !__player.video.seeking && Math.abs(now - wanted) < within
            && Math.abs(__player.shown_s - now) < 0.001
            && Math.abs(__player.frame_s - times[number]) < 0.002
            && times[number] < now + 0.002 && !(times[number + 1] < now - 0.002);
        }}""",
        arg=[TIME_S.tolist(), float(time_s), within_s],
    )


def shows(page: Page, number: int) -> None:
    """Wait until the frame of a number is on the screen."""
    page.wait_for_function(
        f"!__player.video.seeking && ({NUMBER})() === {number}"
        f" && Math.abs(__player.frame_s - {TIME_S[number]}) < 0.002"
    )


def seek(page: Page, time_s: float) -> None:
    page.evaluate(f"__player.seek({time_s})")
    settled(page, time_s)


def plot_box(page: Page, key: str) -> dict:
    """Return where a chart's plot area is on the screen."""
    page.locator(f".st-key-{key}").scroll_into_view_if_needed()
    return page.locator(f".st-key-{key} .draglayer .nsewdrag").first.bounding_box()


def place_of(page: Page, key: str, time_s: float, height: float) -> tuple[float, float]:
    """Return the point of a chart at a time and a share of its height."""
    box = plot_box(page, key)
    low, high = page.evaluate(
        f"document.querySelector('.st-key-{key} .js-plotly-plot')._fullLayout.xaxis.range"
    )
    return box["x"] + box["width"] * (time_s - low) / (high - low), box["y"] + box[
        "height"
    ] * height


def joint_drawn(page: Page, x: float, y: float) -> bool:
    """Say whether the overlay has anything within 2 px of a point of the picture."""
    return page.evaluate(
        """([x, y]) => {
        const { canvas, pen } = __player;
        const column = Math.round(x * canvas.width) - 2, row = Math.round(y * canvas.height) - 2;
        return pen.getImageData(column, row, 5, 5).data.some((value, i) => i % 4 == 3 && value > 0);
        }""",
        [x / WIDTH, y / HEIGHT],
    )


def test_playing_moves_both_playheads_without_a_rerun(page):
    assert page.evaluate("__player.video.duration") == pytest.approx(TIME_S[-1], abs=0.1)
    for time_s in (0.5, 3.0):
        seek(page, time_s)
        assert page.evaluate(HEADS_S) == pytest.approx([time_s, time_s], abs=0.03)
    seek(page, 0.0)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("__player.shown_s > 0.6")
    page.get_by_role("button", name="Pause", exact=True).click()
    shown_s = page.evaluate("__player.shown_s")
    assert page.evaluate(HEADS_S) == pytest.approx([shown_s] * 2, abs=0.03)


def test_click_anywhere_in_a_chart_seeks(page):
    for key, time_s, height in [("fixed", 0.8, 0.05), ("zoomed", 2.4, 0.95), ("zoomed", 1.1, 0.5)]:
        page.mouse.click(*place_of(page, key, time_s, height))
        settled(page, time_s)
    x, y = place_of(page, "fixed", 1.0, 0.5)
    page.mouse.click(x, y - plot_box(page, "fixed")["height"] * 0.5 - 15)  # above the plot area
    settled(page, 1.1)


def test_dragging_scrubs_where_dragging_means_nothing_else(own_page):
    page = own_page
    page.mouse.move(*place_of(page, "fixed", 0.6, 0.5))
    page.mouse.down()
    settled(page, 0.6)
    page.mouse.move(*place_of(page, "fixed", 2.0, 0.3), steps=5)
    settled(page, 2.0)
    page.mouse.up()
    page.mouse.move(*place_of(page, "fixed", 1.0, 0.3))  # no button: no seek
    settled(page, 2.0)

    page.mouse.move(*place_of(page, "zoomed", 1.0, 0.5))
    page.mouse.down()
    page.mouse.move(*place_of(page, "zoomed", 2.5, 0.5), steps=5)
    page.mouse.up()
    page.wait_for_function(
        "document.querySelector('.st-key-zoomed .js-plotly-plot')._fullLayout.xaxis.range[0] > 0.9"
    )
    settled(page, 2.0)  # zooming does not seek
    page.wait_for_function(f"(({HEADS_S})()).every((time_s) => Math.abs(time_s - 2) < 0.03)")
    seek(page, 0.2)  # out of the zoomed chart's sight
    expect(page.locator(".st-key-zoomed .playhead")).to_be_hidden()
    expect(page.locator(".st-key-fixed .playhead")).to_be_visible()
    page.mouse.click(*place_of(page, "zoomed", 1.5, 0.5))
    settled(page, 1.5)


def test_steps_show_every_frame_once(page):
    back, forth = (
        page.get_by_role("button", name=f"One frame {way}") for way in ("back", "forward")
    )
    for number in range(1, 12):
        forth.click()
        shows(page, number)
    for number in (10, 9):
        back.click()
        shows(page, number)
    player = page.get_by_role("group", name="Workout player")
    player.focus()
    for key, number in [("ArrowRight", 10), ("ArrowRight", 11), ("ArrowLeft", 10)]:
        page.keyboard.press(key)
        shows(page, number)
    seek(page, TIME_S[-1])
    page.keyboard.press("ArrowRight")  # there is no frame after the last
    shows(page, FRAMES - 1)


def test_keys(page):
    player = page.get_by_role("group", name="Workout player")
    player.focus()
    assert page.evaluate("getComputedStyle(__player.box).outlineStyle") == "solid"
    for key, time_s in [
        ("Shift+ArrowRight", 1.0),
        ("Shift+ArrowRight", 2.0),
        ("Shift+ArrowLeft", 1.0),
    ]:
        page.keyboard.press(key)
        page.wait_for_function(f"Math.abs(__player.video.currentTime - {time_s}) < 0.001")
    for key, rep in [("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("ArrowUp", 0)]:
        page.keyboard.press(key)
        settled(page, REPS_S[rep][0])
    page.keyboard.press(" ")
    page.wait_for_function("!__player.video.paused")
    page.keyboard.press(" ")
    page.wait_for_function("__player.video.paused")
    page.get_by_role("button", name="0.5×").press("Enter")
    assert page.evaluate("__player.video.playbackRate") == 0.5
    expect(page.get_by_role("button", name="0.5×")).to_have_attribute("aria-pressed", "true")
    slider = page.get_by_role("slider", name="Place in the clip")
    slider.focus()
    seek(page, 1.0)
    page.keyboard.press("ArrowRight")  # on the slider as well: one frame
    shows(page, int(np.searchsorted(TIME_S, 1.0 + 1e-3)))
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"1\.0 of 3\.[78] seconds"))


def test_rep_loops_until_it_is_released(page):
    rep = page.get_by_role("button", name=re.compile("^Rep 1, good"))
    page.evaluate(
        """() => {
        window.wraps = 0; window.farthest_s = 0; let before_s = 0;
        setInterval(() => {
            const now_s = __player.video.currentTime;
            if (now_s < before_s - 0.2) wraps++;
            before_s = now_s; farthest_s = Math.max(farthest_s, now_s);
        }, 5);
        }"""
    )
    rep.click()
    expect(rep).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("window.wraps >= 2")
    start_s, _, end_s = REPS_S[0]
    assert end_s - 0.1 < page.evaluate("farthest_s") < end_s + 0.15
    assert page.evaluate("__player.video.currentTime") >= start_s
    rep.click()
    expect(rep).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(f"__player.video.currentTime > {end_s + 0.3}")

    other = page.get_by_role("button", name=re.compile("^Rep 2, to work on"))
    other.click()
    page.mouse.click(*place_of(page, "fixed", 3.5, 0.5))  # elsewhere: that ends the loop as well
    expect(other).to_have_attribute("aria-pressed", "false")


def test_reps_tell_their_verdict_in_words_and_count_as_they_go(page):
    names = [chip.get_attribute("aria-label") for chip in page.locator(".reps button").all()]
    assert names == [
        "Rep 1, good, Deep enough: repeat it",
        "Rep 2, to work on, Sit lower: <b>hips</b> to knee height: repeat it",
        "Rep 3, borderline: repeat it",
        "Partial rep 4, not counted, Not judgeable: repeat it",
    ]
    assert page.locator(".reps button b b").count() == 0  # a label is text, never HTML
    score = page.locator(".score")
    for time_s, words in [
        (0.1, "Count 0"),
        (0.7, "Count 0✓ Rep 1"),
        (1.1, "Count 1"),
        (2.1, "Count 2≈ Rep 3"),
        (3.0, "Count 3◐ Partial rep"),
        (3.6, "Count 3"),
    ]:
        seek(page, time_s)
        expect(score).to_have_text(words)


def test_skeleton_is_the_frames_own_and_unseen_joints_are_not_drawn(page):
    for number in (0, 30, 59):
        seek(page, TIME_S[number] + 0.005)
        assert joint_drawn(page, 40 + 2 * number, 120)
        assert joint_drawn(page, 300, 90)  # the right upper arm
        # No forearm, neither down nor towards a corner: the wrist is unseen.
        assert not joint_drawn(page, 300, 150)
        assert not joint_drawn(page, 283, 109)
        assert not joint_drawn(page, 0, 0)
    assert not joint_drawn(page, 40, 120)  # where the knee was in frame 0
    toggle = page.get_by_role("button", name="Skeleton")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    assert not joint_drawn(page, 158, 120)
    toggle.click()
    assert joint_drawn(page, 158, 120)
    seek(page, TIME_S[UNSEEN_FRAME] + 0.005)
    assert not joint_drawn(page, 160, 60)


def test_the_best_rep_is_laid_over_the_others_as_a_ghost(page):
    toggle = page.get_by_role("button", name="Best rep as a ghost")
    words = page.locator(".score .pale")
    turn_s, best_turn_s = REPS_S[1][1], REPS_S[0][1]
    now, then = (int(np.searchsorted(TIME_S, at, side="right")) - 1 for at in (turn_s, best_turn_s))
    knees = [(40 + 2 * number, 120) for number in (now, then)]
    seek(page, turn_s)
    assert [joint_drawn(page, *knee) for knee in knees] == [True, False]
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(words).to_have_text("Pale: rep 1, your best")
    assert [joint_drawn(page, *knee) for knee in knees] == [True, True]
    page.get_by_role("button", name="Skeleton").click()
    assert [joint_drawn(page, *knee) for knee in knees] == [False, True]
    page.get_by_role("button", name="Skeleton").click()
    for time_s in (best_turn_s, 1.1, REPS_S[3][1]):  # itself, between reps, where nobody is seen
        seek(page, time_s)
        expect(words).to_have_text("")
    seek(page, turn_s)
    page.get_by_role("group", name="Workout player").focus()
    page.keyboard.press("g")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    assert [joint_drawn(page, *knee) for knee in knees] == [True, False]


def test_rerun_leaves_a_playing_clip_alone_and_finds_new_charts(own_page):
    page = own_page
    page.evaluate("window.first = __player.video")
    page.get_by_role("button", name="0.25×").click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("__player.shown_s > 0.2")
    page.get_by_role("button", name="Rerun").click()
    expect(page.get_by_text("run 2", exact=True)).to_be_visible()
    assert page.evaluate("__player.video === first && !first.paused && first.currentTime > 0.2")
    page.get_by_text("Second chart").click()
    expect(page.locator(".st-key-zoomed")).to_have_count(0)
    page.wait_for_function("__player.heads.size == 1")
    page.get_by_text("Second chart").click()
    page.wait_for_function("__player.heads.size == 2")
    page.get_by_role("button", name="Pause", exact=True).click()
    shown_s = page.evaluate("__player.shown_s")
    assert page.evaluate(HEADS_S) == pytest.approx([shown_s] * 2, abs=0.03)
    page.mouse.click(*place_of(page, "zoomed", 3.0, 0.5))
    settled(page, 3.0)
    page.get_by_role("button", name="Go to 2 s").click()
    settled(page, 2.0)
    seek(page, 1.0)
    page.get_by_role("button", name="Rerun").click()  # the same wish again: already granted
    expect(page.get_by_text("run 7", exact=True)).to_be_visible()
    settled(page, 1.0)


def test_leaving_the_page_ends_the_player(own_page):
    page = own_page
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_role("heading", name="Another page")).to_be_visible()
    page.wait_for_function("!window.__player && !document.querySelector('.playhead')")
    page.get_by_role("link", name="Player").click()
    ready(page)
    page.mouse.click(*place_of(page, "fixed", 2.0, 0.5))
    settled(page, 2.0)


def test_missing_clip_is_told_in_a_sentence(site, open_page):
    page = open_page(f"{site}/?missing=1")
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded. Analyse it again")


def test_who_asked_for_less_motion_sees_the_lowest_point(site, open_page):
    page = ready(open_page(site, reduced_motion="reduce"))
    page.get_by_role("button", name=re.compile("^Rep 2")).click()
    settled(page, REPS_S[1][1])
    assert page.evaluate("__player.video.paused")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone(site, open_page, scheme):
    size = {"width": 360, "height": 740}
    page = open_page(site, viewport=size, has_touch=True, is_mobile=True, color_scheme=scheme)
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    stage = page.locator(".stage").bounding_box()
    assert stage["x"] >= 0
    assert stage["x"] + stage["width"] <= 360
    assert stage["height"] <= 0.6 * 740 + 1
    for control in page.locator(".player button, .player input").all():
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 40, control.evaluate("node => node.outerHTML")
        assert box["x"] + box["width"] <= 360
    page.touchscreen.tap(*place_of(page, "fixed", 2.0, 0.4))
    settled(page, 2.0)


def test_skeleton_has_the_colours_of_the_burnt_in_one():
    script = (Path(player.__file__).with_name("player_figure.js")).read_text()
    near, far, trunk = skeleton.NEAR_COLOUR, skeleton.FAR_COLOUR, skeleton.TRUNK_COLOUR
    for name, (r, g, b) in {"near": near, "far": far, "trunk": trunk}.items():
        assert f'{name}: "rgb({r} {g} {b})"' in script
