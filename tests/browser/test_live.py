"""The Live page as an athlete meets it: a real Chromium whose camera plays the project's sample."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from gym.export.record import to_json
from gym.live.coach import LiveCoach
from gym.media.reader import ClipReader
from gym.pose.weights import available_models, cache_folder
from gym.posefiles import read_poses
from gym.schema import ClipInfo, PoseSequence
from gym.server.live_queue import PLACES_VARIABLE
from gym.session import analyse_poses, estimate_poses
from tests.browser import fake_camera
from tests.browser.conftest import ROOT, Pages, find_server, serve
from tests.browser.questions import PHONE, SIDEWAYS

pytestmark = pytest.mark.skipif(
    available_models()["full"] is not None,
    reason="the pose model is not here: run `python -m gym weights`",
)

SAMPLE = ROOT / "gym" / "assets" / "sample"
TRUTH = json.loads((SAMPLE / "truth.json").read_text())
PATIENCE_MS = 60_000
SOAK_PAUSE_S = 6.0  #: a closed tab is known to be gone after two seconds, and is then let go
AGAIN_MS = 150_000  #: the camera does its set again: a busy machine may have missed the first
#: Keeps the camera's own stream, to know when each of its frames was taken.
KEEP_STREAM = """(() => {
    const devices = navigator.mediaDevices;
    if (!devices) return;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wish) => (window.top.__stream = await open(wish));
})()"""
#: Notes when each marked frame was taken by the camera, and when it was shown, in milliseconds.
WATCH = """([bits, square, first, width]) => {
    const seen = (window.__seen = {taken: [], shown: []});
    const follow = (video, times, left) => {
        const canvas = Object.assign(document.createElement('canvas'),
            {width: square, height: bits * square});
        const pen = canvas.getContext('2d', {willReadFrequently: true});
        const look = (now, about) => {
            const scale = video.videoWidth / width;
            pen.drawImage(video, left ? 0 : video.videoWidth - square * scale, first * scale,
                square * scale, bits * square * scale, 0, 0, square, bits * square);
            const pixels = pen.getImageData(square / 2, 0, 1, bits * square).data;
            let mark = 0;
            for (let bit = 0; bit < bits; bit++)
                mark = 2 * mark + (pixels[4 * (bit * square + square / 2)] > 128);
            if (times.at(-1)?.[0] !== mark)
                times.push([mark, left ? performance.now() : about.captureTime ?? now]);
            video.requestVideoFrameCallback(look);
        };
        video.requestVideoFrameCallback(look);
    };
    const own = (window.__own = document.createElement('video'));
    Object.assign(own, {muted: true, srcObject: window.__stream});
    own.play();
    follow(own, seen.taken, false);
    follow(document.querySelector('.st-key-live_picture iframe').contentDocument
        .querySelector('video'), seen.shown, true);
}"""
#: Notes where the start button stands, in every frame of the screen in which it can be pressed.
FOLLOW_BUTTON = """(() => {
    if (window !== window.top) return;
    window.boxes = [];
    const follow = () => {
        const frame = document.querySelector('.st-key-live_picture iframe');
        const button = [...frame?.contentDocument?.querySelectorAll('button') ?? []]
            .find((one) => one.textContent === 'Start the camera' && !one.disabled);
        if (button) {
            const [outer, inner] = [frame, button].map((one) => one.getBoundingClientRect());
            window.boxes.push([outer.x + inner.x, outer.y + inner.y, inner.width, inner.height]
                .map(Math.round).join(' '));
        }
        requestAnimationFrame(follow);
    };
    follow();
})()"""
#: Keeps what the camera was asked for.
KEEP_WISH = """(() => {
    const devices = navigator.mediaDevices;
    if (!devices) return;
    const open = devices.getUserMedia.bind(devices);
    const wishes = (window.top.__wishes ??= []);
    devices.getUserMedia = (wish) => { wishes.push(wish.video); return open(wish); };
})()"""
PICTURE = """(() => { const video = document.querySelector('.st-key-live_picture iframe')
    ?.contentDocument.querySelector('video'); return video && video.videoWidth > 2; })()"""


@pytest.fixture(scope="module")
def camera_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera plays: an athlete who stands, does the sample's set, and stands."""
    path = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    fake_camera.write_camera(path, fake_camera.play_sample(SAMPLE / "clip.mp4"))
    return path


@pytest.fixture(scope="module")
def camera_browser(launch: Callable[..., Browser], camera_file: Path) -> Iterator[Browser]:
    """A Chromium with that camera."""
    browser = launch(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={camera_file}",
    )
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def live_url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with room for one athlete."""
    with serve(ROOT / "app.py", tmp_path_factory.mktemp("live"), **{PLACES_VARIABLE: "1"}) as url:
        yield url


@pytest.fixture
def open_camera(camera_browser: Browser) -> Iterator[Pages]:
    pages = Pages(camera_browser)
    yield pages
    pages.close()
    pages.check()


def camera(page: Page) -> FrameLocator:
    return page.frame_locator(".st-key-live_picture iframe")


def start(page: Page) -> None:
    """Start the camera with one press and wait for its first picture to come back."""
    camera(page).get_by_role("button", name="Start the camera").click(timeout=PATIENCE_MS)
    page.wait_for_function(PICTURE, timeout=PATIENCE_MS)


def stop(page: Page) -> None:
    camera(page).get_by_role("button", name="Stop").click()


def wait_for_stage(page: Page, stage: str, timeout: int = PATIENCE_MS) -> None:
    expect(page.locator(".st-key-live_stage")).to_contain_text(stage, timeout=timeout)


def count_shown(page: Page) -> int:
    """Read the count beside the picture."""
    text = page.locator(".live-figures").inner_text()
    return int(re.search(r"Reps\s+(\d+)", text).group(1))


def name_model(page: Page) -> str:
    """Read beside the picture which pose model is used."""
    return re.search(r"(\w+) pose model", page.locator(".live-figures").inner_text()).group(1)


@dataclass(frozen=True)
class TrainedSet:
    """What one set before the camera left behind."""

    model: str
    counts: list[int]  #: shown beside the picture, as they changed
    summary: str
    poses: PoseSequence
    everything: dict
    clip: Path
    delay_ms: np.ndarray  #: from a frame's capture to its picture
    pictures_per_s: float


@pytest.fixture(scope="module")
def trained(
    camera_browser: Browser, live_url: str, tmp_path_factory: pytest.TempPathFactory
) -> TrainedSet:
    """One whole set, from the start of the camera to the downloads of its summary."""
    folder = tmp_path_factory.mktemp("trained")
    pages = Pages(camera_browser)
    page = pages("about:blank")
    page.add_init_script(KEEP_STREAM)
    page.goto(f"{live_url}/live")
    start(page)
    page.evaluate(
        WATCH,
        [fake_camera.BITS, fake_camera.SQUARE_PX, fake_camera.FIRST_PX, TRUTH["width_px"]],
    )
    wait_for_stage(page, "Training")
    counts = [0]
    while counts[-1] < TRUTH["count"]:
        page.wait_for_function(
            "(last) => +/Reps\\s+(\\d+)/.exec(document.querySelector('.live-figures')"
            "?.innerText ?? '')?.[1] > last",
            arg=counts[-1],
            timeout=PATIENCE_MS,
        )
        counts.append(count_shown(page))
    model = name_model(page)
    page.wait_for_timeout(1500)  # what a counter holds back might still come
    counts.append(count_shown(page))
    seen = page.evaluate("window.__seen")
    stop(page)
    expect(page.get_by_role("button", name="Train again")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_function("window.__player?.data.url")
    expect(page.locator(".st-key-summary")).to_contain_text("Reps")
    summary = page.locator(".st-key-summary").inner_text()
    clip = folder / "clip.mp4"
    address = live_url + page.evaluate("__player.data.url")
    clip.write_bytes(page.context.request.get(address).body())  # with this browser's cookie
    for label, name in (("Poses (NPZ)", "poses.npz"), ("Everything (JSON)", "all.json")):
        with page.expect_download() as coming:
            page.get_by_role("button", name=label).click()
        coming.value.save_as(folder / name)
    pages.close()
    pages.check()
    shown = [time_ms for _, time_ms in seen["shown"]]
    return TrainedSet(
        model,
        counts,
        summary,
        read_poses(folder / "poses.npz"),
        json.loads((folder / "all.json").read_text()),
        clip,
        measure_delay_ms(seen["taken"], seen["shown"]),
        1000 * (len(shown) - 1) / (shown[-1] - shown[0]),
    )


def measure_delay_ms(taken: list, shown: list) -> np.ndarray:
    """Return how long after its capture each frame was shown, in ms."""
    taken_at = {}
    delays = []
    for mark, time_ms, which in sorted(
        [(m, t, "taken") for m, t in taken] + [(m, t, "shown") for m, t in shown],
        key=lambda event: event[1],
    ):
        if which == "taken":
            taken_at[mark] = time_ms
        elif mark in taken_at:  # the latest with this mark: they come again after half a minute
            delays.append(time_ms - taken_at[mark])
    return np.array(delays)


def test_a_set_is_counted_live_and_summed_up(trained: TrainedSet) -> None:
    assert trained.counts == [*range(TRUTH["count"] + 1), TRUTH["count"]]
    assert re.search(rf"Reps\s+{TRUTH['count']}\s", trained.summary)
    assert "Squat" in trained.summary
    assert [rep["kind"] for rep in trained.everything["reps"]] == ["full"] * TRUTH["count"]


def test_the_recorded_path_gives_the_same(trained: TrainedSet) -> None:
    poses = trained.poses
    with ClipReader(trained.clip) as reader:
        times_s = np.array([frame.time_s for frame in reader])
    assert times_s == pytest.approx(poses.time_s, abs=2e-4)
    # The frames' own poses, judged as a recording: the very same, to the last figure.
    info = ClipInfo(
        trained.everything["clip"]["name"],
        trained.everything["clip"]["duration_s"],
        len(poses),
        *poses.image_size,
    )
    again = json.loads(json.dumps(to_json(analyse_poses(info, poses))))
    for part in ("reps", "count", "counts", "exercise", "sets", "form"):
        if part in again:
            assert again[part] == trained.everything[part], part
    # And from the pictures: coding changes them a little, the count not.
    _, poses_again = estimate_poses(trained.clip)
    assert analyse_poses(info, poses_again).count.count == TRUTH["count"]


def test_it_keeps_up(trained: TrainedSet, capsys: pytest.CaptureFixture) -> None:
    """Print the figures. What README promises of them holds on an idle machine: `make bench`."""
    pace = measure_pace(trained)
    with capsys.disabled():
        print(
            f"\n  Live, {trained.model} model, {os.cpu_count()} cores shared with Chromium: "
            f"{pace.frames_per_s:.1f} frames/s looked at, {trained.pictures_per_s:.1f} pictures/s "
            f"shown, capture to picture {pace.delay_ms:.0f} ms in the median (90 %: "
            f"{np.percentile(trained.delay_ms, 90):.0f}), a rep is in the picture "
            f"{max(pace.late_s) + pace.delay_ms / 1000:.2f} s after its end at most, "
            f"{np.median(pace.late_s) + pace.delay_ms / 1000:.2f} in the median"
        )
    assert len(pace.late_s) == TRUTH["count"]
    assert pace.frames_per_s > 0
    assert pace.delay_ms > 0


@pytest.mark.speed
def test_it_keeps_up_as_promised(trained: TrainedSet) -> None:
    pace = measure_pace(trained)
    assert pace.frames_per_s >= 12
    assert pace.delay_ms <= 250
    assert max(pace.late_s) + pace.delay_ms / 1000 <= 0.4


@dataclass(frozen=True)
class Pace:
    """How fast a set was looked at."""

    frames_per_s: float
    late_s: list[float]  #: after its end each rep was known
    delay_ms: float  #: from a frame's capture to its picture, median


def measure_pace(trained: TrainedSet) -> Pace:
    poses = trained.poses
    frames_per_s = (len(poses) - 1) / (poses.time_s[-1] - poses.time_s[0])
    with ClipReader(trained.clip) as reader:
        marks = [fake_camera.read_mark(frame.image) for frame in reader]
    numbers = fake_camera.unwrap_marks(marks, near=fake_camera.BEGIN_S * fake_camera.CAMERA_FPS)
    sample_s = fake_camera.to_sample_s(numbers)
    coach, late_s, count = LiveCoach(), [], 0
    ends_s = [rep["end_s"] for rep in TRUTH["reps"] if rep["kind"] == "full"]
    for index in range(len(poses)):
        state = coach.update(poses[index])
        # A slow machine stops the camera late, when it has begun to play the set anew.
        while count < min(state.count, len(ends_s)):
            late_s.append(sample_s[index] - ends_s[count])
            count += 1
    return Pace(frames_per_s, late_s, float(np.median(trained.delay_ms)))


@pytest.fixture
def lite_frames_per_s(open_camera, browser, tmp_path, capsys) -> int:
    """What a server that has the lite model alone looks at, while it trains somebody."""
    if available_models()["lite"] is not None:
        pytest.skip("the lite pose model is not here: it needs npm")
    cache = tmp_path / "cache" / cache_folder().name
    cache.mkdir(parents=True)
    for bundle in cache_folder().glob("*lite*"):
        shutil.copy(bundle, cache)
    with serve(ROOT / "app.py", tmp_path, XDG_CACHE_HOME=str(cache.parent)) as url:
        page = open_camera(f"{url}/live")
        start(page)
        wait_for_stage(page, "Training")
        page.wait_for_timeout(4000)
        frames_per_s = int(
            re.search(r"Frames a second\s+(\d+)", page.locator(".live-figures").inner_text())[1]
        )
        assert name_model(page) == "lite"
        stop(page)
        expect(page.get_by_role("button", name="Train again")).to_be_visible(timeout=PATIENCE_MS)
    with capsys.disabled():
        print(f"\n  Live, lite model: {frames_per_s} frames/s looked at")
    return frames_per_s


@pytest.mark.speed
def test_the_lite_model_does_alone(lite_frames_per_s: int) -> None:
    assert lite_frames_per_s > 0


@pytest.mark.speed
def test_the_lite_model_keeps_up_as_promised(lite_frames_per_s: int) -> None:
    assert lite_frames_per_s >= 18


def test_two_athletes_train_one_after_the_other(live_url, open_camera):
    first, second = open_camera(f"{live_url}/live"), open_camera(f"{live_url}/live")
    start(first)
    wait_for_stage(first, "Step into place")
    expect(second.locator(".st-key-live_stage")).to_contain_text("Someone is already training")
    start(second)
    wait_for_stage(second, "Waiting for your turn")
    wait_for_stage(first, "Training")
    stop(first)
    expect(first.get_by_role("button", name="Train again")).to_be_visible(timeout=PATIENCE_MS)
    wait_for_stage(second, "Step into place")
    stop(second)
    expect(second.get_by_text("The set had not begun")).to_be_visible()


def test_a_closed_page_gives_its_place_back(live_url, open_camera):
    gone = open_camera(f"{live_url}/live")
    start(gone)
    gone.close()
    page = open_camera(f"{live_url}/live")
    start(page)
    wait_for_stage(page, "Step into place")
    # Whoever goes to another page and comes back begins anew.
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="What it cannot do")).to_be_visible()
    page.get_by_role("link", name="Live", exact=True).click()
    start(page)
    wait_for_stage(page, "Step into place")


def test_the_voice_counts_down_and_the_target_is_shown(live_url, open_camera):
    page = open_camera("about:blank")
    page.add_init_script("""(() => {
        window.spoken = [];
        class Utterance extends EventTarget { constructor(text) { super(); this.text = text; } }
        const voice = {name: 'Near', lang: 'en-GB', localService: true, default: true};
        const speech = Object.assign(new EventTarget(), {speaking: false, pending: false,
            getVoices: () => [voice], cancel() {}, speak(said) { window.spoken.push(said.text); }});
        Object.defineProperty(window, 'speechSynthesis', {value: speech});
        Object.defineProperty(window, 'SpeechSynthesisUtterance', {value: Utterance});
    })()""")
    page.goto(f"{live_url}/live")
    page.get_by_label("Target reps").fill("1")
    page.get_by_text("Voice", exact=True).click()
    expect(page.get_by_role("switch", name="Voice")).to_be_checked()
    start(page)
    page.wait_for_function(
        "window.spoken.some((said) => said.includes('target'))", timeout=AGAIN_MS
    )
    spoken = page.evaluate("window.spoken")
    assert "Go" in spoken
    assert set(spoken[: spoken.index("Go")]) <= {"3", "2", "1"}
    assert "1. That was your target." in spoken
    expect(page.locator(".live-figures")).to_contain_text("of 1")


def press_at_once(page: Page) -> None:
    """Press where the start button is seen first, without looking again."""
    page.wait_for_function("window.boxes.length", timeout=PATIENCE_MS)
    x, y, width, height = map(int, page.evaluate("window.boxes[0]").split())
    page.mouse.click(x + width / 2, y + height - 4)


def test_the_start_button_stands_still_and_one_press_is_enough(live_url, open_camera):
    page = open_camera("about:blank")
    page.add_init_script(FOLLOW_BUTTON)
    page.goto(f"{live_url}/live")
    for _ in range(2):  # right after loading, and after a session that has just ended
        press_at_once(page)
        page.wait_for_function(PICTURE, timeout=PATIENCE_MS)
        assert len(set(page.evaluate("window.boxes"))) == 1, set(page.evaluate("window.boxes"))
        wait_for_stage(page, "Step into place")
        page.evaluate("window.boxes.length = 0")
        stop(page)
        expect(page.get_by_text("The set had not begun")).to_be_visible()
    page.wait_for_timeout(1000)
    assert len(set(page.evaluate("window.boxes"))) == 1, set(page.evaluate("window.boxes"))


def test_a_page_that_is_loaded_again_finds_its_set(live_url, open_camera):
    page = open_camera(f"{live_url}/live")
    start(page)
    wait_for_stage(page, "Training")
    expect(page.locator(".live-figures")).to_contain_text(
        re.compile(r"Reps\s*[12]"), timeout=AGAIN_MS
    )
    count = count_shown(page)
    page.wait_for_function("document.cookie.includes('virtual_gym_live_set')")
    page.reload()
    expect(page.get_by_text("was loaded again")).to_be_visible(timeout=PATIENCE_MS)
    summary = page.locator(".st-key-summary")
    expect(summary).to_contain_text("Squat")
    assert int(re.search(r"Reps\s+(\d+)", summary.inner_text())[1]) in (count, count + 1)
    page.wait_for_function("window.__player?.video.readyState >= 2")
    # Once more: the summary is found again as well.
    page.wait_for_timeout(1000)
    page.reload()
    expect(page.locator(".st-key-summary")).to_contain_text("Squat")
    page.wait_for_function("window.__player?.video.readyState >= 2")
    # Not by another browser, nor by a tab beside this one.
    for other in (open_camera(f"{live_url}/live"), page.context.new_page()):
        other.goto(f"{live_url}/live")
        expect(camera(other).get_by_role("button", name="Start the camera")).to_be_visible()
    expect(page.locator(".st-key-summary")).to_be_visible()


def test_a_phone_chooses_its_camera_and_keeps_the_choice(live_url, open_camera):
    page = open_camera("about:blank", **PHONE)
    page.add_init_script(KEEP_WISH)
    page.goto(f"{live_url}/live")
    for name, facing in (("Front", "user"), ("Rear", "environment"), ("Rear", "environment")):
        choice = page.get_by_role("combobox", name="Phone camera")
        expect(choice).to_be_visible()
        if choice.input_value() != name:
            frame = page.locator(".st-key-live_picture iframe")
            frame.evaluate("(one) => { one.dataset.old = 'yes'; }")
            choice.click()
            page.get_by_role("option", name=name).click()
            # The other camera's frame goes, soon after this one's has come.
            expect(frame.and_(page.locator(":not([data-old])"))).to_have_count(1)
            expect(frame.and_(page.locator("[data-old]"))).to_have_count(0)
        expect(choice).to_have_value(name)
        start(page)
        wish = page.evaluate("window.__wishes.at(-1)")
        assert wish["facingMode"] == {"ideal": facing}
        # The device of another camera's session would win over the choice.
        if name != "Rear" or len(page.evaluate("window.__wishes")) == 2:
            assert "deviceId" not in wish
        stop(page)
        expect(page.get_by_text("The set had not begun")).to_be_visible()
    page.wait_for_function("document.cookie.includes('virtual_gym_camera=Rear')")
    page.reload()
    expect(page.get_by_role("combobox", name="Phone camera")).to_have_value("Rear")


def test_a_computer_is_not_asked_for_a_phones_camera(live_url, open_page):
    page = open_page(f"{live_url}/live")
    expect(page.locator(".st-key-live_target")).to_be_visible()
    expect(page.locator(".st-key-live_camera")).to_be_hidden()


def test_a_server_that_hears_nothing_stays_silent(live_url, open_page):
    """Nobody is asked for the camera, and nothing is spoken, before the athlete wants it."""
    page = open_page("about:blank")
    page.add_init_script("""(() => { window.asked = 0;
        navigator.mediaDevices.getUserMedia = () => { window.top.asked++; return Promise.reject(); };
        window.speechSynthesis.speak = () => { window.top.asked++; }; })()""")
    page.goto(f"{live_url}/live")
    expect(camera(page).get_by_role("button", name="Start the camera")).to_be_visible()
    assert page.evaluate("window.asked") == 0


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ((), "cannot find a camera"),
        (
            ("--use-fake-device-for-media-stream", "--deny-permission-prompts"),
            "not allowed to use the camera",
        ),
    ],
    ids=["no camera", "refused"],
)
def test_what_is_wrong_is_said_and_there_is_a_way_out(launch, live_url, switches, said):
    browser = launch(*switches)
    pages = Pages(browser)
    try:
        page = pages(f"{live_url}/live")
        camera(page).get_by_role("button", name="Start the camera").click()
        alert = page.locator("[data-testid=stAlert]")
        expect(alert).to_contain_text(said, timeout=PATIENCE_MS)
        page.get_by_text("The camera does not start?").click()
        page.get_by_role("tab", name="Pick a file").click()
        page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
            SAMPLE / "clip.mp4"
        )
        expect(page).to_have_title(re.compile("^Analyse"), timeout=PATIENCE_MS)
        expect(page.locator(".st-key-progress")).to_contain_text("Finding the athlete")
        page.locator(".st-key-cancel_analysis button").click()
    finally:
        pages.close()
        browser.close()
    pages.check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(live_url, open_camera, scheme):
    page = open_camera(f"{live_url}/live", color_scheme=scheme, **PHONE)
    start(page)
    wait_for_stage(page, "Step into place")
    assert page.evaluate(SIDEWAYS) <= 0
    box = page.locator(".st-key-live_picture").bounding_box()
    assert box["y"] < 300  # the picture comes before what is beside it


@dataclass(frozen=True)
class Census:
    """Asks a server what it holds."""

    url: str
    path: Path

    def take(self) -> dict:
        self.path.unlink(missing_ok=True)
        find_server(self.url).send_signal(signal.SIGUSR1)
        assert wait_until(self.path.is_file), "the server did not tell what it holds"
        return json.loads(self.path.read_text())


@pytest.fixture
def counted(browser: Browser, tmp_path: Path) -> Iterator[Census]:
    """A server with room for one athlete, which tells what it holds."""
    program, path = str(ROOT / "tests" / "browser" / "census.py"), tmp_path / "census.json"
    with serve(
        ROOT / "app.py", tmp_path, [program], CENSUS=str(path), **{PLACES_VARIABLE: "1"}
    ) as url:
        yield Census(url, path)


def wait_until(condition: Callable[[], bool], limit_s: float = 20.0) -> bool:
    """Wait until something holds; say whether it does in the end."""
    end_s = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.2)
    return condition()


def connect(
    url: str, open_camera: Pages, times: int, while_open: Callable[[], object] = lambda: None
) -> Iterator[None]:
    """Start the camera and stop it, many times over; every fifth time the tab is closed instead."""
    page = open_camera(f"{url}/live")
    for number in range(1, times + 1):
        start(page)
        wait_for_stage(page, "Step into place")
        while_open()
        if number % 5 == 0:  # some do not say good-bye
            page.close()
            page = open_camera(f"{url}/live")
        else:
            stop(page)
            expect(page.get_by_text("The set had not begun")).to_be_visible()
        yield


def test_connections_leave_nothing_behind(counted: Census, open_camera: Pages) -> None:
    """Neither those that were stopped nor, soon, one whose tab was closed."""
    page = open_camera(counted.url)
    expect(page.get_by_role("link", name="Live", exact=True)).to_be_visible()
    before = counted.take()
    held: list[dict] = []
    for _ in connect(counted.url, open_camera, 5, lambda: held.append(counted.take()["objects"])):
        pass
    assert all(any(objects.values()) for objects in held), "nothing was counted"
    left: dict = {}

    def is_nothing_left() -> bool:
        left.update(counted.take())
        return not any(left["objects"].values()) and set(left["threads"]) <= set(before["threads"])

    assert wait_until(is_nothing_left), (before["threads"], left)


@pytest.mark.soak
def test_memory_does_not_grow_with_connections(counted: Census, open_camera, capsys) -> None:
    memory_mb = []
    for _ in connect(counted.url, open_camera, times=20):
        time.sleep(SOAK_PAUSE_S)
        memory_mb.append(counted.take()["memory_mb"])
    numbers = np.arange(5, 21)
    slope_mb = np.polyfit(numbers, memory_mb[4:], 1)[0]
    with capsys.disabled():
        shown = ", ".join(f"{mb:.0f}" for mb in memory_mb)
        print(f"\n  20 connections: {shown} MB; {slope_mb:+.2f} MB each from the fifth on")
    assert slope_mb < 1.0
