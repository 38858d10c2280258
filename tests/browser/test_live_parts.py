"""The live page's parts in a real browser: the voice, the camera's self-test and the recorder."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gym.ui.components.camera_check import STATES, CameraReport, explain_camera
from gym.ui.components.voice import show_voice
from tests.browser.conftest import serve
from tests.browser.questions import PHONE

#: A browser with voices: what is spoken, and what is cancelled, is noted in `window.spoken`.
VOICES = """(() => {
    window.spoken = [];
    window.voices = %s;
    class Utterance extends EventTarget { constructor(text) { super(); this.text = text; } }
    const speech = Object.assign(new EventTarget(), {
        speaking: false, pending: false,
        getVoices: () => window.voices,
        speak(utterance) { this.speaking = true; window.last = utterance;
            window.spoken.push(`${utterance.text} (${utterance.voice.name}, ${utterance.rate})`); },
        cancel() { this.speaking = false; window.spoken.push('cancel'); },
    });
    Object.defineProperty(window, 'speechSynthesis', { value: speech });
    Object.defineProperty(window, 'SpeechSynthesisUtterance', { value: Utterance });
})()"""
#: The real sound system, whose tones are noted in `window.tones` once they have sounded. It may
#: begin asleep, as in browsers that want a touch first.
TONES = """(() => {
    window.tones = [];
    window.touched = %s;
    const Real = window.AudioContext;
    window.AudioContext = class extends Real {
        get state() { return window.touched ? super.state : 'suspended'; }
        async resume() {
            while (!window.touched) await new Promise((turn) => setTimeout(turn, 10));
            return super.resume();
        }
        createOscillator() {
            const tone = super.createOscillator();
            tone.addEventListener('ended', () => window.tones.push(tone.frequency.value));
            return tone;
        }
    };
})()"""
NEAR = {"name": "Near", "lang": "en-US", "localService": True, "default": False}
BRITISH = {"name": "British", "lang": "en_GB", "localService": True, "default": True}
REMOTE = {"name": "Remote", "lang": "en-GB", "localService": False, "default": True}
GERMAN = {"name": "German", "lang": "de-DE", "localService": True, "default": True}

CAMERAS = {
    "refused": """navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));""",
    "no_camera": """navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('Requested device not found', 'NotFoundError'));""",
    "busy": """navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('Could not start video source', 'NotReadableError'));""",
    "other": """navigator.mediaDevices.getUserMedia = () => Promise.reject(new TypeError('odd'));""",
    "insecure": """Object.defineProperty(navigator, 'mediaDevices', { value: undefined });
        Object.defineProperty(window, 'isSecureContext', { value: false });""",
}
#: The list of devices is empty, once; asking for a camera would still give one.
NO_DEVICES = """navigator.mediaDevices.enumerateDevices = async () => {
    delete navigator.mediaDevices.enumerateDevices;
    return [];
};"""
#: Counts how often the camera is opened, and keeps its tracks in sight.
TRACKS = """(() => {
    window.tracks = [];
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await open(wanted);
        window.wanted = wanted;
        window.tracks.push(...stream.getTracks());
        return stream;
    };
})()"""
CAMERA_OFF = (
    "window.tracks.length > 0 && window.tracks.every((track) => track.readyState == 'ended')"
)


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    script = Path(__file__).with_name("live_parts_site.py")
    with serve(script, tmp_path_factory.mktemp("parts")) as url:
        yield url


@pytest.fixture
def open_part(site, open_page):
    """Give a function that opens one part, after some JavaScript of the test's own."""

    def open_(query: str, *scripts: str, **options: object) -> Page:
        page = open_page("about:blank", **options)
        for script in scripts:
            page.add_init_script(script)
        page.goto(f"{site}/?part={query}")
        if query.startswith("voice"):
            let_come(page)
        return page

    return open_


def with_voices(*voices: dict) -> str:
    return VOICES % json.dumps(voices)


def with_tones(touched: bool = True) -> str:
    return TONES % json.dumps(touched)


def say(page: Page, number: int) -> None:
    """Make the site say its next words, and wait until some reruns have passed over them."""
    page.get_by_role("button", name="Say").click()
    expect(page.get_by_text(f"said {number}", exact=True)).to_be_visible()
    let_tick(page)


def hears(page: Page, *words: str, after: int = 0) -> None:
    """Wait until exactly these words were spoken, those before left aside."""
    page.wait_for_function(
        "([words, after]) => JSON.stringify(spoken.slice(after)) == JSON.stringify(words)",
        arg=[list(words), after],
    )


def let_tick(page: Page) -> None:
    """Wait for at least one whole round of the site's fragment after all that came before."""
    ticks = page.get_by_text(re.compile(r"^ticks \d+$"))
    for _ in range(2):
        expect(ticks).not_to_have_text(ticks.inner_text())


def let_come(page: Page) -> None:
    """Wait until the unseen part is on the page; its script comes after the page's texts.

    Then a whole round of the fragment: a number that comes earlier would be taken for an old one.
    """
    unseen = page.locator(
        ".stElementContainer", has=page.locator('[data-testid^="stBidiComponent"]')
    )
    expect(unseen).to_have_css("display", "none")
    let_tick(page)


def explanation(state: str) -> str:
    """Return what people are told of a state of the camera."""
    return " ".join(explain_camera(CameraReport(state, "")))


def takes_no_space(page: Page) -> None:
    """Check that the unseen part between two texts leaves no gap."""
    above, below, further = (
        page.get_by_text(words, exact=True).bounding_box()["y"]
        for words in ("above", "below", "further below")
    )
    assert below - above == pytest.approx(further - below, abs=0.5)


# --- the voice -----------------------------------------------------------------------------------


def test_voice_speaks_each_number_once_and_lets_nothing_queue_up(open_part):
    page = open_part("voice&restless=1", with_voices(GERMAN, REMOTE, NEAR, BRITISH), with_tones())
    takes_no_space(page)
    assert page.evaluate("spoken") == []
    say(page, 1)
    hears(page, "One (British, 1.15)")
    say(page, 2)
    hears(page, "cancel", "Two (British, 1.15)", after=1)
    assert page.evaluate("tones") == []
    page.evaluate("last.dispatchEvent(Object.assign(new Event('error'), { error: 'not-allowed' }))")
    page.wait_for_function("tones.length == 1")  # refused after all: the tone
    page.get_by_role("button", name="New set").click()
    expect(page.get_by_text("said 0", exact=True)).to_be_visible()
    say(page, 1)
    hears(page, "cancel", "One (British, 1.15)", after=3)
    takes_no_space(page)


def test_voice_repeats_nothing_when_it_comes_to_the_page(open_part):
    page = open_part("voice&said=2", with_voices(NEAR), with_tones())
    page.get_by_text("Voice", exact=True).click()  # off
    expect(page.get_by_text("below", exact=True)).to_have_count(0)
    page.get_by_text("Voice", exact=True).click()
    expect(page.get_by_text("below", exact=True)).to_be_visible()
    let_come(page)
    assert page.evaluate("spoken") == []
    say(page, 3)
    hears(page, "Sit lower (Near, 1.15)")
    assert page.evaluate("tones") == []


def test_without_a_voice_of_its_own_the_browser_beeps(open_part):
    page = open_part("voice", with_voices(REMOTE, GERMAN), with_tones())
    heard = [[1320], [1320], [330, 262], [523, 659, 784], [1320]]
    for number, tones in enumerate(heard, 1):
        page.evaluate("window.tones.length = 0")
        say(page, number)
        page.wait_for_function(f"tones.length >= {len(tones)}")
        assert page.evaluate("tones") == tones
    assert page.evaluate("spoken") == []
    page.evaluate("(near) => (window.voices = [near])", NEAR)  # they load late in many browsers
    say(page, 6)
    hears(page, "One (Near, 1.15)")


def test_sound_waits_for_a_touch_and_a_late_tone_is_dropped(open_part):
    page = open_part("voice", "delete window.speechSynthesis;", with_tones(touched=False))
    say(page, 1)
    said_ms = page.evaluate("performance.now()")
    page.wait_for_function(f"performance.now() > {said_ms} + 1000")
    page.evaluate("window.touched = true")
    for number in (2, 3):
        say(page, number)
    page.wait_for_function("tones.includes(262)")
    assert page.evaluate("tones") == [1320, 330, 262]  # the second and third, not the first


def test_unknown_sound_is_a_programmers_mistake():
    with pytest.raises(ValueError, match=r"expected a sound of .* got 'gong'"):
        show_voice(words="One", number=1, sound="gong")


# --- the camera's self-test ----------------------------------------------------------------------


def test_working_camera_is_tested_once_for_each_run_and_let_go(open_part):
    page = open_part("camera", TRACKS)
    expect(page.get_by_text("test 0: no answer")).to_be_visible()
    takes_no_space(page)
    for test in (1, 2):
        page.get_by_role("button", name="Test").click()
        expect(page.get_by_text(f"test {test}: ok")).to_be_visible()
        page.wait_for_function(f"window.tracks.length == {test} && {CAMERA_OFF}")
    expect(page.get_by_text("detail fake")).to_be_visible()
    page.get_by_role("button", name="Rerun").click()
    # One for the first look, two for each test (the button's and the answer's), one for the button.
    expect(page.get_by_text("run 6", exact=True)).to_be_visible()
    expect(page.get_by_text("test 2: ok")).to_be_visible()
    assert page.evaluate("window.tracks.length") == 2


def test_camera_that_does_not_work_is_explained(open_part):
    page = open_part("camera")
    troubles = [("no_camera", NO_DEVICES), *CAMERAS.items()]
    for test, (state, trouble) in enumerate(troubles, 1):
        page.evaluate(f"() => {{ {trouble} }}")
        page.get_by_role("button", name="Test").click()
        expect(page.get_by_text(f"test {test}: {state}", exact=True)).to_be_visible()
        expect(page.get_by_text(explanation(state))).to_be_visible()


def test_permission_refused_for_good_is_told_without_opening_the_camera(open_part):
    denied = "navigator.permissions.query = async () => ({ state: 'denied' });"
    page = open_part("camera", TRACKS, denied)
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("test 1: refused")).to_be_visible()
    assert page.evaluate("window.tracks.length") == 0


def test_question_that_nobody_answers_is_told_and_its_late_answer_counts(open_part):
    slow = """{ const open = navigator.mediaDevices.getUserMedia;
        const answer = new Promise((resolve) => (window.allow = resolve));
        navigator.mediaDevices.getUserMedia = (wanted) => answer.then(() => open(wanted)); }"""
    page = open_part("camera&patience=0.3", TRACKS, slow)
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("test 1: waiting")).to_be_visible()
    page.evaluate("allow()")
    expect(page.get_by_text("test 1: ok")).to_be_visible()
    expect(page.get_by_text("run 4", exact=True)).to_be_visible()
    page.wait_for_function(CAMERA_OFF)


def test_every_state_has_a_sentence_and_advice():
    for state in STATES:
        for words in explain_camera(CameraReport(state, "")):
            assert words[0].isupper()
            assert words.endswith(".")


# --- what the browser does beside the camera ----------------------------------------------------

#: Locks of the screen, as browsers give them.
WAKE = """(() => {
    window.locks = [];
    const request = async (kind) => {
        const lock = {kind, released: false, release: async () => { lock.released = true; }};
        window.locks.push(lock);
        return lock;
    };
    Object.defineProperty(navigator, 'wakeLock', {value: {request}});
})()"""
HELD = "window.locks.filter((lock) => !lock.released).length"


def hide(page: Page, hidden: bool) -> None:
    """Put a phone's browser away, or take it out again."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
            if (hidden) for (const lock of window.locks) lock.released = true;
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        hidden,
    )


def test_the_screen_stays_on_for_as_long_as_it_is_wanted(open_part):
    page = open_part("browser", WAKE)
    awake = page.get_by_text("Awake", exact=True)
    expect(page.get_by_text("further below", exact=True)).to_be_visible()
    assert page.evaluate("window.locks.length") == 0
    awake.click()
    page.wait_for_function(f"{HELD} == 1")
    takes_no_space(page)
    page.get_by_role("button", name="Rerun").click()
    hide(page, True)  # the browser lets go of it by itself, and gives none to a hidden page
    hide(page, True)
    assert page.evaluate(HELD) == 0
    hide(page, False)
    page.wait_for_function(f"{HELD} == 1")
    assert page.evaluate("window.locks.map((lock) => lock.kind)") == ["screen"] * 2
    awake.click()
    page.wait_for_function(f"{HELD} == 0")
    hide(page, True)
    hide(page, False)
    page.wait_for_timeout(300)
    assert page.evaluate("window.locks.length") == 2
    awake.click()
    page.wait_for_function(f"{HELD} == 1")
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_role("heading", name="Another page")).to_be_visible()
    page.wait_for_function(f"window.locks.length == 3 && {HELD} == 0")


@pytest.mark.parametrize(
    "trouble",
    [
        "Object.defineProperty(navigator, 'wakeLock', {value: undefined});",
        "Object.defineProperty(navigator, 'wakeLock', {value: {request: () => Promise.reject(1)}});",
    ],
    ids=["absent", "refused"],
)
def test_a_browser_that_cannot_keep_its_screen_on_is_no_trouble(open_part, trouble):
    page = open_part("browser", trouble)
    page.get_by_text("Awake", exact=True).click()
    page.wait_for_function("document.cookie.includes('brief')")
    page.get_by_text("Awake", exact=True).click()
    page.wait_for_timeout(300)  # an error in it would fail the test in the end


def test_words_are_there_when_the_page_is_loaded_again(open_part):
    page = open_part("browser")
    expect(page.get_by_text("remembered nothing nothing")).to_be_visible()
    page.get_by_text("Awake", exact=True).click()
    page.wait_for_function("document.cookie.includes('lasting')")
    kept = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert {kept[name]["sameSite"] for name in ("short", "long")} == {"Strict"}
    assert kept["short"]["expires"] == -1  # until the browser is closed
    assert kept["long"]["expires"] > 0
    page.reload()
    expect(page.get_by_text("remembered brief lasting")).to_be_visible()


def test_each_camera_of_the_page_remembers_its_own_device(open_part):
    page = open_part("browser")
    page.wait_for_function("localStorage.getItem('streamlit-webrtc:device-ids:two')")
    page.evaluate("localStorage.setItem('streamlit-webrtc:device-ids:one', '{\"video\": \"a\"}')")
    page.reload()
    expect(page.get_by_text("further below", exact=True)).to_be_visible()
    remembered = page.evaluate(
        "['one', 'two'].map((key) => localStorage.getItem('streamlit-webrtc:device-ids:' + key))"
    )
    assert remembered == ['{"video": "a"}', "{}"]


# --- the recorder --------------------------------------------------------------------------------


def press(page: Page, name: str) -> None:
    """Press a button as soon as it can be pressed."""
    page.get_by_role("button", name=name, exact=True).click()


def test_recording_reaches_python_as_a_clip(open_part):
    page = open_part("recorder&countdown=1", TRACKS)
    press(page, "Open the camera")
    expect(page.locator("video.mirrored")).to_be_visible()
    page.wait_for_function("__recorder.video.videoWidth > 0 && !__recorder.video.paused")
    press(page, "Record")
    expect(page.locator(".countdown")).to_have_text("1")
    press(page, "Cancel")
    expect(page.get_by_text("Not recorded.")).to_be_visible()
    press(page, "Record")
    expect(page.locator(".length")).to_have_text("0:01")
    press(page, "Rerun")  # a rerun leaves the recording alone
    expect(page.locator(".length")).to_have_text("0:02")
    press(page, "Stop and analyse")
    got = page.get_by_text(re.compile(r"^got recording-\d{4}-\d\d-\d\d-\d{4}\.(mp4|webm): "))
    expect(got).to_be_visible()
    width, height, frames = map(
        int, re.findall(r"(\d+) x (\d+), (\d+) frames", got.inner_text())[0]
    )
    assert (width, height) == (1280, 720)
    assert frames >= 10
    last = page.get_by_text(re.compile(r"^last at ")).inner_text()
    assert last.endswith("stopped at None")
    assert 1.5 < float(last.split()[2]) < 4
    expect(page.get_by_role("status").filter(has_text="sent to be analysed")).to_be_visible()
    page.wait_for_function(CAMERA_OFF)
    wanted = page.evaluate("window.wanted")
    assert wanted["audio"] is False
    assert "facingMode" not in wanted["video"]


@pytest.mark.parametrize("why", ["uploader=no", "types=png"])
def test_recording_that_no_uploader_takes_can_be_saved(open_part, tmp_path, why):
    page = open_part(f"recorder&countdown=0&{why}", TRACKS)
    press(page, "Open the camera")
    press(page, "Record")
    expect(page.locator(".length")).to_have_text("0:01")
    press(page, "Stop and analyse")
    expect(page.get_by_role("alert")).to_contain_text(
        "the page did not accept it. Save the recording"
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the recording").click()
    assert download.value.suggested_filename.startswith("recording-")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.stat().st_size > 1000
    press(page, "Open the camera")  # still there while the next one is prepared
    expect(page.get_by_role("link", name="Save the recording")).to_be_visible()
    press(page, "Record")
    expect(page.get_by_role("link", name="Save the recording")).to_have_count(0)


def test_recording_ends_by_itself_at_the_longest_and_may_be_webm(open_part):
    no_mp4 = """{ const can = MediaRecorder.isTypeSupported.bind(MediaRecorder);
        MediaRecorder.isTypeSupported = (type) => type.includes('webm') && can(type); }"""
    page = open_part("recorder&countdown=0&longest=1", TRACKS, no_mp4)
    press(page, "Open the camera")
    press(page, "Record")
    expect(page.get_by_text(re.compile(r"^got recording-.*\.webm: 1280 x 720"))).to_be_visible()
    page.wait_for_function(CAMERA_OFF)


def test_browser_that_cannot_record_says_so(open_part):
    page = open_part("recorder&countdown=0", TRACKS, "delete window.MediaRecorder;")
    press(page, "Open the camera")
    press(page, "Record")
    expect(page.get_by_role("alert")).to_contain_text("cannot record")
    page.wait_for_function(CAMERA_OFF)


def test_camera_that_vanishes_or_a_page_that_hides_keeps_what_was_filmed(open_part):
    page = open_part("recorder&countdown=0&uploader=no", TRACKS)
    for leaving in (
        "tracks[0].stop(); tracks[0].dispatchEvent(new Event('ended'))",
        "Object.defineProperty(document, 'hidden', { value: true });"
        "document.dispatchEvent(new Event('visibilitychange'))",
    ):
        press(page, "Open the camera")
        press(page, "Record")
        expect(page.locator(".length")).to_have_text("0:01")
        page.evaluate(leaving)
        expect(page.get_by_role("link", name="Save the recording")).to_be_visible()
        page.wait_for_function(CAMERA_OFF)


def test_leaving_the_page_lets_the_camera_go(open_part):
    page = open_part("recorder&countdown=0", TRACKS)
    press(page, "Open the camera")
    press(page, "Record")
    expect(page.locator(".length")).to_be_visible()
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_role("heading", name="Another page")).to_be_visible()
    page.wait_for_function(f"!window.__recorder && {CAMERA_OFF}")


def test_camera_that_the_recorder_cannot_open_is_explained(open_part):
    page = open_part("recorder")
    for state, trouble in CAMERAS.items():
        page.evaluate(f"() => {{ {trouble} }}")
        press(page, "Open the camera")
        expect(page.get_by_role("alert")).to_have_text(explanation(state))
        expect(page.get_by_role("button", name="Open the camera")).to_be_enabled()


def test_recorder_keeps_the_screen_on_and_takes_the_camera_that_was_chosen(open_part):
    page = open_part("recorder&countdown=1&uploader=no&facing=user", TRACKS, WAKE, **PHONE)
    press(page, "Open the camera")
    press(page, "Record")
    page.wait_for_function(f"{HELD} == 1")
    assert page.evaluate("window.wanted.video.facingMode") == {"ideal": "user"}
    expect(page.locator(".length")).to_have_text("0:01")
    assert page.evaluate(HELD) == 1
    press(page, "Stop and analyse")
    page.wait_for_function(f"{HELD} == 0")
    assert page.evaluate("window.locks.length") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_recorder_on_a_phone_by_keyboard(open_part, scheme):
    size = {"width": 390, "height": 760}
    options = {"viewport": size, "has_touch": True, "is_mobile": True, "color_scheme": scheme}
    page = open_part("recorder", TRACKS, **options)
    button = page.get_by_role("button", name="Open the camera")
    button.focus()
    page.keyboard.press("Enter")
    record_button = page.get_by_role("button", name="Record", exact=True)
    expect(record_button).to_be_focused()
    assert page.evaluate("window.wanted.video.facingMode") == {"ideal": "environment"}
    page.keyboard.press(" ")
    expect(page.locator(".countdown")).to_have_text(re.compile("[1-5]"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for control in page.locator(".recorder button:visible, .recorder .stage").all():
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
