"""The parts of the Live page: what to train, the camera, the figures beside it, and the way out."""

from __future__ import annotations

import math
import secrets
import time

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gym.counting import COUNTERS
from gym.exercises import EXERCISES, OTHER, Exercise, title_of
from gym.live.coach import DEFAULT_LIVE_COUNTER, LIVE_COUNTERS, LiveState
from gym.live.session import LiveSession
from gym.live.view import LiveSettings, LiveView, Stage
from gym.notes import (
    VERDICT_SIGNS,
    list_exercises,
    name_ways,
    say_remark,
    say_value,
    say_where_from,
)
from gym.server.live_ticket import LiveHolder
from gym.session import JudgeSettings
from gym.summary import find_depth_rule
from gym.ui.ask import CLIP_TYPES, ask_strictness, pick_exercise
from gym.ui.components.camera import hang_up, show_camera
from gym.ui.components.camera_check import check_camera, explain_camera
from gym.ui.components.live_browser import Word, recall, show_live_browser
from gym.ui.components.recorder import show_recorder
from gym.ui.components.voice import show_voice
from gym.ui.downloads import offer_poses
from gym.ui.guard import guard, guarded_fragment, show_error
from gym.ui.lifespan import live_queue
from gym.ui.opened import (
    OpenedAnalysis,
    let_go,
    open_live_set,
    open_upload,
)
from gym.ui.visits import is_active, session_folder

_HOLDER, _TICKET = "live_holder", "virtual_gym_live_set"
_CAMERA, _LAST_CAMERA = "live_camera", "virtual_gym_camera"
#: What the browser is asked for (``facingMode``), under the name that people choose.
_CAMERAS = {"Front": "user", "Rear": "environment"}
_YEAR_S = 365 * 86400
_CHECKS, _WAY_OUT = "camera_checks", "way_out_taken"
_REFRESH_S, _SELDOM_S = 0.5, 20.0
_PATIENCE_S = 15.0  #: a connection takes a second or two
_STAGES = {
    Stage.WAITING: "Waiting for your turn",
    Stage.PREPARING: "Getting ready",
    Stage.FRAMING: "Step into place",
    Stage.COUNTDOWN: "Get ready",
    Stage.TRAINING: "Training",
    Stage.ENDED: "Over",
}


def live_holder() -> LiveHolder:
    """Return the visitor's own holder; after their page was loaded again, with the set they were in."""
    holder = st.session_state.get(_HOLDER)
    if holder is None:
        holder = LiveHolder(get_script_run_ctx().session_id)
        st.session_state[_HOLDER] = holder
    holder.search(recall(_TICKET), is_active)
    return holder


def ask_live_settings() -> LiveSettings:
    """Ask what to train, how many, and who counts; during a session they stay as they were."""
    session = live_holder().session
    going = session is not None and not session.ending
    # The row is there in either case, or the camera's buttons below would move under a finger. A small
    # screen shows no more than the voice during a session (`gym.ui.frame`).
    with st.container(
        key="live_settings", horizontal=True, vertical_alignment="bottom", gap="medium"
    ):
        settings = _ask_what_to_train(disabled=going)
        st.toggle(
            "Voice",
            key="live_voice",
            persist_state="session",
            help="Your browser speaks each count and cue, or beeps if it has no voice.",
        )
    return session.settings if going else settings


def _ask_what_to_train(disabled: bool) -> LiveSettings:
    """Ask for the settings of the next session."""
    exercise = pick_exercise("live_exercise", width=190, disabled=disabled)
    target = st.number_input(
        "Target reps",
        min_value=1,
        max_value=999,
        value=None,
        step=1,
        placeholder="none",
        key="live_target",
        disabled=disabled,
        persist_state="session",
        width=150,
    )
    counter = st.selectbox(
        "Live counter",
        LIVE_COUNTERS,
        index=LIVE_COUNTERS.index(DEFAULT_LIVE_COUNTER),
        format_func=lambda name: COUNTERS[name].title,
        key="live_counter",
        disabled=disabled,
        persist_state="session",
        width=220,
        help="Which counter counts while you train. For the summary, all counters vote.",
    )
    # On touch screens only (`gym.ui.frame`): elsewhere the camera's own menu names them all.
    last = recall(_LAST_CAMERA)
    st.selectbox(
        "Phone camera",
        _CAMERAS,
        index=list(_CAMERAS).index(last) if last in _CAMERAS else 0,
        key=_CAMERA,
        disabled=disabled,
        persist_state="session",
        width=150,
        help="With the front one you see yourself and the count; with the rear one others do.",
    )
    strictness = ask_strictness("live_strictness", disabled=disabled, width=190)
    return LiveSettings(exercise, counter, target, strictness)


def judge_settings() -> JudgeSettings:
    """Return the settings by which the visitor's latest live set is judged."""
    live = live_holder().session.settings
    return JudgeSettings(live.exercise, strictness=live.strictness)


def show_stage(settings: LiveSettings) -> None:
    """Show the camera with the figures beside it."""
    holder = live_holder()
    folder = session_folder()
    facing = _facing()

    def make_session() -> LiveSession:
        place = folder / f"live-{secrets.token_hex(8)}"
        place.mkdir()
        session = LiveSession(settings, place, live_queue.count_ahead)
        holder.session, holder.opened, holder.settled = session, None, False
        live_queue.join(session, holder.browser, hang_up)
        return session

    picture, beside = st.columns([7, 3], gap="medium")
    with picture, st.container(key="live_picture"):
        going = show_camera(make_session, _CAMERAS[facing], _camera_key(facing))
    with picture:
        report = check_camera(run=st.session_state.get(_CHECKS, 0), watch="live_picture")
        if report is not None:
            sentence, advice = explain_camera(report)
            (st.success if report.state == "ok" else st.warning)(f"**{sentence}**  \n{advice}")
    with beside:
        show_end()
        with st.container(key="live_stage"):
            show_figures(holder, going, EXERCISES.get(settings.exercise))


def _facing() -> str:
    return st.session_state.get(_CAMERA, "Front")


def _camera_key(facing: str) -> str:
    return f"camera_{_CAMERAS[facing]}"


def _show_browser(holder: LiveHolder, awake: bool) -> None:
    """Keep the screen on, and have the browser remember the set and the camera."""
    holder.mark_seen()
    words = []
    if holder.session is not None and holder.session.view.state is not None:
        words.append(Word(_TICKET, holder.ticket))
    if _CAMERA in st.session_state:
        words.append(Word(_LAST_CAMERA, st.session_state[_CAMERA], _YEAR_S))
    show_live_browser(awake=awake, words=words, cameras=[_camera_key(one) for one in _CAMERAS])


@guarded_fragment(run_every=_SELDOM_S)
def keep_set(holder: LiveHolder) -> None:
    """Let a page that is loaded again find the set that this one shows."""
    _show_browser(holder, awake=False)


@guarded_fragment(run_every=_REFRESH_S)
def show_figures(holder: LiveHolder, going: bool, chosen: Exercise | None) -> None:
    """Show what is going on, several times a second; start the page over when it has ended."""
    if not going:
        holder.search(recall(_TICKET), is_active)
    session = holder.session
    over = session is not None and session.ending
    if over and not holder.settled:
        st.rerun()
    view = LiveView() if session is None or over else session.view
    _show_browser(holder, awake=going)
    if st.session_state.get("live_voice"):
        show_voice(words=view.call.words, number=view.call.number, sound=view.call.sound)
    if not going:
        holder.asked_s = None
        if session is None or over:
            _show_before(chosen)
        return
    holder.asked_s = holder.asked_s or time.monotonic()
    if view.stage is Stage.CONNECTING:
        _show_connecting(time.monotonic() - holder.asked_s)
        return
    advice = view.advice or "Good, stay like that."
    framing = view.stage is Stage.FRAMING
    st.markdown(f"**{_STAGES[view.stage]}**" + (f"  \n{advice}" if framing else ""))
    if view.stage in (Stage.WAITING, Stage.PREPARING):
        return
    if view.stage is Stage.FRAMING and st.button("Start now", key="live_begin"):
        session.begin()
    _show_set(view, session.settings if session else LiveSettings())


def _show_before(chosen: Exercise | None) -> None:
    """Say what will happen, and whether someone else is training."""
    ahead = live_queue.count_ahead()
    if ahead:
        st.info(
            f"Someone is already training on this server ({ahead} ahead of you). Start the camera "
            "to wait in line. Your set begins when theirs ends."
        )
    st.markdown(
        f"{_say_how_to_stand(chosen)}"
        "- The picture tells you how to stand, then counts **3, 2, 1**.\n"
        "- Press **Stop** or walk away to end the set and see the summary.\n"
        "- On a small screen, switch on the **voice** to hear each count and cue.\n"
        "- Stay on this page: loading it again ends the set and sums it up.\n"
        "- The video stays on the machine that runs this app and is deleted when your session ends."
    )


def _say_how_to_stand(chosen: Exercise | None) -> str:
    """Say where the camera has to be for what the visitor chose, or for all that is recognised."""
    if chosen is None:
        return (
            f"- It recognises and counts {list_exercises()}.\n"
            "- Put the camera **at hip height**, or near the floor for what is done lying or on the "
            "hands, two or three metres away. Stand **side on** for most of them.\n"
        )
    height = "near the floor" if chosen.start.is_level else "at hip height"
    return (
        f"- Put the camera **{height}**, two or three metres away, so that it sees you "
        f"**{say_where_from(chosen.best_view)}**.\n- {chosen.start_advice}\n"
    )


def _show_connecting(for_s: float) -> None:
    """Say that the connection is being made, or that there is probably no way."""
    if for_s < _PATIENCE_S:
        st.markdown("**Connecting to the camera…**")
        return
    st.warning(
        "**No picture has arrived from your camera.**  \nYour browser probably cannot connect to the "
        "server directly. The server's owner can set up a TURN server. You can always record below or "
        "pick a file instead."
    )


def _show_set(view: LiveView, settings: LiveSettings) -> None:
    """Show the figures of the set so far."""
    state = view.state or LiveState(0.0)
    target = f" of {settings.target_reps}" if settings.target_reps else ""
    out, back = name_ways(EXERCISES.get(state.exercise) or EXERCISES.get(settings.exercise))
    figures = {
        "Reps": "–" if state.is_held else f"{state.count}{target}",
        "Exercise": title_of(state.exercise) if state.exercise != OTHER else "–",
        f"Tempo, {out} and {back}": _tempo(state),
        **_depth(state),
        "Counters agree": _figure(state.agreement, "{:.0%}"),
        "Recognised": _figure(state.probability, "{:.0%}"),
        "Frames a second": _figure(view.frames_per_s, "{:.0f}"),
        "Delay": _figure(1000 * view.delay_s, "{:.0f} ms"),
    }
    verdict = ""
    if state.findings:
        words = say_remark(state.verdict, state.cue)
        verdict = f"<p><b>Rep {state.count}:</b> {VERDICT_SIGNS[state.verdict]} {words}</p>"
    model = f"<p>{view.model} pose model</p>" if view.model else ""
    # One element: each costs the server time that the frames need.
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures.items()
    )
    st.html(f'<div class="live-figures"><dl>{cells}</dl>{verdict}{model}</div>')


def _tempo(state: LiveState) -> str:
    if not state.reps:
        return "–"
    rep = state.reps[-1]
    return f"{rep.bottom_s - rep.start_s:.1f} s, {rep.end_s - rep.bottom_s:.1f} s"


def _depth(state: LiveState) -> dict[str, str]:
    """Return the latest rep's depth under its name with its unit."""
    rule = find_depth_rule(state.exercise)
    for finding in state.findings[-1] if state.findings else ():
        if rule is not None and finding.code == rule.code:
            if rule.unit == "°":
                return {rule.name: say_value(finding.value, rule.unit)}
            return {f"{rule.name}, {rule.unit}": _figure(finding.value, "{:.2f}")}
    return {rule.name if rule else "Depth": "–"}


def _figure(value: float, pattern: str) -> str:
    return "–" if math.isnan(value) else pattern.format(value)


def finish_set() -> OpenedAnalysis | None:
    """Return the set of the visitor's latest live session, once that has ended and was judged."""
    # There with words or without: the camera's place on the page must not change, or it starts anew.
    waiting = st.empty()
    holder = live_holder()
    session = holder.session
    if session is None or not session.ending:
        return None
    while not session.ended.wait(0.3):
        if session.view.state is not None:
            waiting.markdown("**Preparing the summary…**")
    waiting.empty()
    if session.result is not None and not holder.settled:
        session.result = result = session.result.move_to(session_folder())
        if result.workout is not None:
            holder.opened = open_live_set(result, judge_settings())
    holder.settled = True
    return holder.opened


def show_end() -> None:
    """Say why the latest session ended, unless the visitor ended it, and what is left of it."""
    holder = live_holder()
    session = holder.session
    with st.container():  # beside the camera as well, which must stay where it is
        if session is None or not session.ending:
            return
        if session.error is not None:
            show_error(session.error)
        elif holder.found:
            st.info("The page was loaded again, which ended your set. Here it is.")
        elif session.view.why_ended:
            st.info(f"The session ended: {session.view.why_ended}.")
        if session.result is None:
            st.info("The set had not begun, so nothing was recorded.")
        elif session.result.workout is None:
            count = session.view.state.count if session.view.state else 0
            st.info(f"Counted until then: {count}. The set could not be judged.")
            offer_poses(session.result.poses, "live-set")


def start_over() -> None:
    """Make ready for the next set; the last one stays as long as it is open on the other pages."""
    holder = live_holder()
    if holder.opened is not None:
        let_go(holder.opened)
    holder.session = holder.opened = None
    holder.found = False


def _ask_for_check() -> None:
    st.session_state[_CHECKS] = st.session_state.get(_CHECKS, 0) + 1


def show_way_out() -> None:
    """Offer what works when the camera does not: find out why, record here, or pick a file."""
    with st.expander("The camera does not start?"):
        st.button("Check the camera", key="check_camera_button", on_click=_ask_for_check)
        st.markdown(
            "If the camera works but no picture appears here, your browser cannot connect to the "
            "server. This happens in some company networks and on hosted servers without a TURN "
            "server. You can always record here or pick a clip from your files."
        )
        recording, picking = st.tabs(["Record here", "Pick a file"])
        taken = st.session_state.get(_WAY_OUT, 0)
        uploader_key = f"way_out_{taken}"
        with picking:
            upload = st.file_uploader("A clip of your set", type=CLIP_TYPES, key=uploader_key)
        with recording:
            show_recorder(uploader_key=uploader_key, facing=_CAMERAS[_facing()])
    if upload is not None:
        st.session_state[_WAY_OUT] = taken + 1
        with guard():
            open_upload(upload, "full")
            st.switch_page("pages/analyse.py")
