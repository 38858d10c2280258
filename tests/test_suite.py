"""The set-up of the tests themselves: nothing vanishes in silence, and every version is fixed."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.suite import KINDS, MAY_SKIP

ROOT = Path(__file__).parents[1]
CONFTEST = """
from tests.suite import Suite
def pytest_configure(config):
    config.pluginmanager.register(Suite(config))
"""
NO_CI = {name: value for name, value in os.environ.items() if name != "CI"}
QUICK = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def run_tests(
    folder: Path, files: dict[str, str], *options: str, **environment: str
) -> subprocess.CompletedProcess:
    """Run test files in a folder of their own, watched as ours are."""
    (folder / "conftest.py").write_text(CONFTEST)
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(f"import pytest\n{text}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder, env={**NO_CI, **QUICK, **environment},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


SKIPS = {
    "inside": 'def test_it(): pytest.skip("because")',
    "mark": '@pytest.mark.skipif(True, reason="because")\ndef test_it(): pass',
    "fixture": '@pytest.fixture\ndef a(): pytest.skip("because")\ndef test_it(a): pass',
    "file": 'pytest.importorskip("no_such_library", reason="because")',
    "no_skip": "def test_it(): pass",
}


def test_every_skip_is_told_and_where_ci_is_set_it_fails_the_run(tmp_path: Path) -> None:
    at_home, in_ci = run_tests(tmp_path, SKIPS), run_tests(tmp_path, SKIPS, CI="true")
    assert (at_home.returncode, in_ci.returncode) == (0, 1)
    for done in (at_home, in_ci):
        told = re.findall(r"skipped test_(\w+)\.py\S*: because", done.stdout)
        assert sorted(told) == sorted(SKIPS.keys() - {"no_skip"})
    assert in_ci.stdout.count("may not be skipped") == len(SKIPS) - 1
    alone = run_tests(tmp_path, {}, "test_file.py", CI="true")  # nothing but what was skipped
    assert alone.returncode == 1


def test_what_is_on_the_list_may_be_skipped(tmp_path: Path) -> None:
    files = {str(n): f'def test_it(): pytest.skip("{w}: more")' for n, w in enumerate(MAY_SKIP)}
    done = run_tests(tmp_path, files, CI="true")
    assert done.returncode == 0, done.stdout
    assert f"{len(MAY_SKIP)} skipped" in done.stdout


def test_every_test_has_a_kind_and_soak_waits_to_be_asked_for(tmp_path: Path) -> None:
    text = "def test_it(): pass\n@pytest.mark.soak\ndef test_long(): pass"
    usual, asked = (run_tests(tmp_path, {"one": text}, *o) for o in ((), ("-m", "soak")))
    assert "1 passed, 1 deselected" in usual.stdout
    assert "fast: 1 tests, 0 s of 60 s" in usual.stdout
    assert "1 passed, 1 deselected" in asked.stdout
    assert "soak: 1 tests" in asked.stdout


def test_kinds_of_our_own_tests(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        assert sum(item.get_closest_marker(kind) is not None for kind in KINDS) == 1, item.nodeid


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
@pytest.mark.parametrize("named", ["", "/no/such/program"])
def test_without_chromium_the_set_up_says_so(
    tmp_path: Path, ci: str, status: int, named: str
) -> None:
    """On a machine without apt-get, too."""
    done = subprocess.run(
        [ROOT / "tests" / "browser" / "ensure_chromium"],
        env={"PATH": str(tmp_path), "CI": ci, "CHROMIUM": named}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == status
    assert "browser tests" in (done.stderr if ci else done.stdout)


def read_pins() -> dict[str, str]:
    """Read the exact versions of all three files."""
    pins = {}
    for name in ("constraints.txt", "requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if found := re.match(r"([\w.-]+)==([\w.]+)", line):
                assert to_key(found[1]) not in pins, f"{found[1]} is pinned twice"
                pins[to_key(found[1])] = found[2]
    return pins


def to_key(name: str) -> str:
    """Return a package's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_whatever_is_installed_for_us_has_its_exact_version() -> None:
    pins = read_pins()
    wanted, seen = list(pins), set()
    while wanted:
        name = wanted.pop()
        if name in seen or name.startswith(("nvidia-", "cuda-", "triton")):
            continue  # torch names their versions itself
        seen.add(name)
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system than this
        assert name in pins, f"{name} is in no file of ours"
        assert package.version.split("+")[0] == pins[name], name
        for line in package.requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                wanted.append(to_key(needed.name))
