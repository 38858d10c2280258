"""The suite as a whole: which tests are fast, what each kind may cost, and what may be skipped.

Every test has one kind, which is a marker: `make check` runs the fast ones, `make test` all but soak and
speed, which depend on what else the machine does. At its end a run says how long each kind took, and
which tests were skipped and why. Where the variable CI is set, a skip that `MAY_SKIP` does not name fails
the run: no test vanishes in silence.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

#: Each kind with the seconds that all its tests together should take on two cores that are free, eight
#: minutes in all; those with None are run only when -m asks for them.
KINDS = {
    "fast": ("small inputs, no pose network, no browser", 60),
    "motion": ("whole movements that are counted, judged and learned from; whole pages", 120),
    "pose": ("the pose network on real pictures, and whole analyses", 60),
    "browser": ("the real server and a real Chromium", 240),
    "soak": ("the same many times over; only with -m soak", None),
    "speed": ("what README promises of an idle machine; only with -m speed", None),
}
#: Tests that take one of these fixtures are of the kind "pose"; of the others the file tells.
POSE_FIXTURES = {"analysed_clip", "pose_model"}
MOTION = {
    "comparing/test_unlike", "counting/test_arena",
    "counting/test_heuristic", "counting/test_learned", "counting/test_similarity",
    "evaluation/test_evaluate", "form/test_faults", "form/test_markers", "form/test_same_verdicts",
    "live/test_coach", "live/test_framing", "live/test_session",
    "recognition/test_network", "test_answers", "test_documents", "test_new_exercise", "test_session",
    "test_set_report", "test_teaching",
    "training/test_arena", "training/test_datasets", "training/test_train",
    "ui/test_compare", "ui/test_opened", "ui/test_pages", "ui/test_teach",
}  # fmt: skip

#: What the reason of a skip says, and why that is all right.
MAY_SKIP = {
    "the recorded data is not here": "the data is no part of the project",
    "the athlete's body is not cached": "it is fetched to build the sample anew, and only then",
    "RUN_SLOW=1": "asked for by hand: it renders for a minute",
    "RUN_NETWORK=1": "asked for by hand: it fetches models",
    "the lite pose model is not here": "that model comes by npm, which not everybody has",
    "this user may read everything": "nothing is forbidden to root",
    "this system has no": "Linux alone has it",
}


class Suite:
    """Sorts the tests by kind, and keeps the account of what they take and leave out."""

    def __init__(self, config: pytest.Config) -> None:
        self._spent_s: Counter[str] = Counter()
        self._tests: dict[str, set[str]] = {kind: set() for kind in KINDS}
        self._skips: list[tuple[str, str]] = []
        for kind, (what, _) in KINDS.items():
            config.addinivalue_line("markers", f"{kind}: {what}")

    @pytest.hookimpl(tryfirst=True)  # before -m chooses by these markers
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list) -> None:
        """Give every test its kind; leave out what only -m asks for."""
        out = []
        for item in items:
            kind = next((kind for kind in KINDS if item.get_closest_marker(kind)), "")
            if not kind:
                kind = _guess_kind(item)
                item.add_marker(kind)
            item.user_properties.append(("kind", kind))  # it comes back from other processes, too
            if KINDS[kind][1] is None:
                out.append(item)
        if not config.option.markexpr:
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if item not in out]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test took, and whether it was skipped."""
        kind = dict(report.user_properties)["kind"]
        self._spent_s[kind] += report.duration
        self._tests[kind].add(report.nodeid)
        self._note_skip(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note whether a whole file was skipped."""
        self._note_skip(report)

    def _note_skip(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._skips.append((report.nodeid, str(report.longrepr[2])))

    @property
    def _unlisted(self) -> list[tuple[str, str]]:
        return [skip for skip in self._skips if not any(words in skip[1] for words in MAY_SKIP)]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run in CI that skipped what it may not."""
        if os.environ.get("CI") and self._unlisted:
            fine = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
            if session.exitstatus in fine:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was skipped, and what each kind of test took beside its budget."""
        write = terminalreporter.write_line
        for nodeid, reason in self._skips:
            write(f"skipped {nodeid}: {reason.removeprefix('Skipped: ')}")
        if os.environ.get("CI"):
            for nodeid, _ in self._unlisted:
                write(f"ERROR: {nodeid} may not be skipped where CI is set", red=True)
        for kind, (_, budget_s) in KINDS.items():
            if spent_s := self._spent_s[kind]:
                budget = f" of {budget_s} s" if budget_s else ""
                write(f"{kind}: {len(self._tests[kind])} tests, {spent_s:.0f} s{budget}")


def _guess_kind(item: pytest.Item) -> str:
    """Tell a test's kind by where it is and what it takes."""
    if TESTS / "browser" in item.path.parents:
        return "browser"
    if POSE_FIXTURES & set(getattr(item, "fixturenames", ())):
        return "pose"
    inside = item.path.is_relative_to(TESTS)
    name = item.path.relative_to(TESTS).with_suffix("").as_posix() if inside else ""
    return "motion" if name in MOTION else "fast"
