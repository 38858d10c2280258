"""The pose models' files: fetched once by a package client, verified, cached; the app fetches nothing.

BlazePose's networks come unchanged from packages that contain them (Apache-2.0, Google): npm's
``@mediapipe/pose`` has lite, full and heavy; without npm, pip's wheel of an older ``mediapipe`` has
full. MediaPipe Tasks needs a *bundle* (a zip of two tflite files) whose networks state how their input
is normalised. These do not, so that is added here; the weights are not changed. A model is identified
by the sha256 of its landmark network, which is the same from both packages.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from gym.errors import WeightsError
from gym.files import write_whole

MODELS = ("lite", "full", "heavy")

_NPM_PACKAGE = "@mediapipe/pose@0.5.1675469404"
_PIP_PACKAGE = "mediapipe==0.10.21"

#: sha256 of each network as it is in its package.
_NETWORK_SHA256 = {
    "lite": "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    "full": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "heavy": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
    "npm detector": "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
    "pip detector": "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
}

#: sha256 of the finished bundles: by model, then by the client that fetched the networks.
_BUNDLE_SHA256 = {
    "lite": {"npm": "1a260b91936049a6a5b4d300500ed087ca82adb5c03bcf3134b17b370d0155a9"},
    "full": {
        "npm": "a1fdb357a2f5f5eddfcab2729cb2f306b1760d00a034acb13d8183f9f2204967",
        "pip": "134dfb2b5554745ad0c1ce3004fa3a0bfaf858fe739bb52cc3a098e9f932fd7d",
    },
    "heavy": {"npm": "7756f5dc211b565b34de8ae21659c8817f3bfe01321afede3b0c20fc939153b3"},
}

_FETCH_ADVICE = "Check the network connection and run `python -m gym weights` again."


def cache_folder() -> Path:
    """Return the folder that keeps fetched files (``XDG_CACHE_HOME``, or ``~/.cache``)."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "virtual-gym-assistant"


def pose_model_sha256(model: str) -> str:
    """Return the sha256 of a pose model's landmark network, which names the model."""
    return _NETWORK_SHA256[_known(model)]


def available_models() -> dict[str, str | None]:
    """Return each pose model with None if it can be used, or else the reason why not."""
    return {model: _reason_missing(model) for model in MODELS}


def read_pose_bundle(model: str = "full") -> bytes:
    """Read a pose model's bundle from the cache and verify it.

    Raises
    ------
    WeightsError
        The file is not there, or is not the expected one.
    """
    if (reason := _reason_missing(model)) is not None:
        raise WeightsError(f"The pose model '{model}' is not on this machine.", reason)
    path = _bundle_path(model)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"The pose model '{model}' cannot be read: {error.strerror}.",
            f"Check who may read the files in {path.parent}.",
        ) from error
    if _sha256(data) not in _BUNDLE_SHA256[model].values():
        raise WeightsError(
            f"The pose model '{model}' is damaged: its checksum is {_sha256(data)[:12]}…, expected "
            f"{' or '.join(sha[:12] + '…' for sha in _BUNDLE_SHA256[model].values())}.",
            "Run `python -m gym weights` once while online: it fetches the file again.",
        )
    return data


def fetch_pose_models(
    models: Iterable[str] = MODELS, *, on_step: Callable[[str], None] = lambda text: None
) -> dict[str, Path]:
    """Fetch, verify and cache the pose models that are not there yet.

    Parameters
    ----------
    models : iterable of str
        Which of ``MODELS``. Lite and heavy need npm: without it they are skipped if full is asked for
        as well, and an error otherwise.
    on_step : callable
        Called with what happens, in a few words.

    Returns
    -------
    dict of str to Path
        The models that are now in the cache.

    Raises
    ------
    WeightsError
        A package could not be fetched, or its content is not the expected one.
    """
    models = [_known(model) for model in models]
    missing = [model for model in models if not _is_cached(model)]
    if missing and shutil.which("npm"):
        try:
            _fetch_and_keep("npm", missing, on_step)
            missing = []
        except WeightsError as error:
            if "full" not in models:
                raise
            on_step(error.message)
    if missing and "full" not in models:
        raise WeightsError(
            f"{' and '.join(missing).capitalize()} come from an npm package, and npm is missing.",
            "Install Node.js with npm and run `python -m gym weights` again, or use full.",
        )
    if "full" in missing:
        _fetch_and_keep("pip", ["full"], on_step)
    for model in models:
        if not _is_cached(model):
            on_step(f"{model}: skipped, because it needs npm")
    return {model: _bundle_path(model) for model in models if _is_cached(model)}


def _fetch_and_keep(route: str, models: list[str], on_step: Callable[[str], None]) -> None:
    """Fetch models from one package and put them into the cache."""
    on_step(f"fetching {', '.join(models)} by {route}")
    with tempfile.TemporaryDirectory() as folder:
        networks = _fetch_networks(route, models, Path(folder))
    for model in models:
        bundle = _build_bundle(networks["detector"], networks[model])
        if _sha256(bundle) != _BUNDLE_SHA256[model][route]:
            raise WeightsError(
                f"The bundle built for the pose model '{model}' is not the expected one.",
                "Install the exact versions in requirements.txt and try again.",
            )
        path = _bundle_path(model)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, bundle)
        except OSError as error:
            raise WeightsError(
                f"The pose model '{model}' cannot be kept in {path.parent}: {error.strerror}.",
                "Free some space there, or set XDG_CACHE_HOME to another folder.",
            ) from error
        on_step(f"{model}: ready")


def _known(model: str) -> str:
    """Check a pose model's name."""
    if model not in MODELS:
        raise ValueError(f"expected a pose model among {MODELS}, got {model!r}")
    return model


def _bundle_path(model: str) -> Path:
    """Return where a bundle is kept."""
    return cache_folder() / f"pose_landmarker_{_known(model)}.task"


def _is_cached(model: str) -> bool:
    """Tell whether a bundle is in the cache and whole."""
    path = _bundle_path(model)
    return path.is_file() and _sha256(path.read_bytes()) in _BUNDLE_SHA256[model].values()


def _reason_missing(model: str) -> str | None:
    """Return why a model cannot be used, or None when it can."""
    if _bundle_path(model).is_file():
        return None
    if model != "full" and not shutil.which("npm"):
        return "It needs npm at set-up: install Node.js, then run `python -m gym weights`."
    return "It was not fetched yet: run `python -m gym weights` once while online."


def _sha256(data: bytes) -> str:
    """Return the sha256 of some bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def _fetch_networks(route: str, models: list[str], folder: Path) -> dict[str, bytes]:
    """Fetch one package and take the detector and the models' landmark networks out of it."""
    try:
        found = (_unpack_npm if route == "npm" else _unpack_pip)(models, folder)
    except (KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise WeightsError("The fetched package is not the expected one.", _FETCH_ADVICE) from error
    for key, data in found.items():
        expected = _NETWORK_SHA256[f"{route} detector" if key == "detector" else key]
        if _sha256(data) != expected:
            raise WeightsError(
                f"The fetched {key} network is not the expected one: its checksum is "
                f"{_sha256(data)[:12]}…, expected {expected[:12]}…",
                "Something changed the package during the download. " + _FETCH_ADVICE,
            )
    if route == "npm":  # the wheel's detector states its input already
        found["detector"] = _with_input_range(
            found["detector"],
            "Pose Detection",
            127.5,
            127.5,
            -1.0,
            ["raw boxes/keypoints", "scores"],
        )
    return found


def _unpack_npm(models: list[str], folder: Path) -> dict[str, bytes]:
    """Fetch npm's package and read the networks from it."""
    _run_client(["npm", "pack", "--loglevel=error", _NPM_PACKAGE], folder)
    names = {model: f"package/pose_landmark_{model}.tflite" for model in models}
    names["detector"] = "package/pose_solution_packed_assets.data"
    with tarfile.open(_only_file(folder, "*.tgz")) as package:
        return {key: package.extractfile(name).read() for key, name in names.items()}


def _unpack_pip(models: list[str], folder: Path) -> dict[str, bytes]:
    """Fetch pip's wheel and read the networks from it."""
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    # The wheel is read, not installed: any platform's will do, so ask for one that exists.
    any_wheel = ["--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64"]
    _run_client([*download, *any_wheel, f"--dest={folder}", _PIP_PACKAGE], folder)
    inside = "mediapipe/modules/"
    names = {model: f"{inside}pose_landmark/pose_landmark_{model}.tflite" for model in models}
    names["detector"] = f"{inside}pose_detection/pose_detection.tflite"
    with zipfile.ZipFile(_only_file(folder, "*.whl")) as package:
        return {key: package.read(name) for key, name in names.items()}


def _run_client(command: list[str], folder: Path) -> None:
    """Run a package client quietly; if it fails, its own reason becomes part of the error."""
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines() or ["no reason given"]
        named = [line for line in lines if line.lower().startswith(("error", "npm err"))]
        raise WeightsError(
            f"The pose model could not be fetched: {(named or lines[-1:])[0].rstrip('.')}.",
            _FETCH_ADVICE,
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        what = "could not be started" if isinstance(error, OSError) else "did not finish in time"
        raise WeightsError(
            f"The pose model could not be fetched: {command[0]} {what}.", _FETCH_ADVICE
        ) from error


def _only_file(folder: Path, pattern: str) -> Path:
    """Return the one file that a client left."""
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise WeightsError("The package client did not download a package.", _FETCH_ADVICE)
    return found[0]


def _build_bundle(detector: bytes, landmarks: bytes) -> bytes:
    """Zip the two networks, each with its input's normalisation stated; the same bytes every time."""
    parts = {
        "pose_detector.tflite": detector,
        "pose_landmarks_detector.tflite": _with_input_range(
            landmarks,
            "Pose Landmark",
            0.0,
            255.0,
            0.0,
            ["landmarks", "presence", "segmentation_mask", "heatmap", "world_landmarks"],
        ),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as bundle:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            bundle.writestr(entry, data)
    return buffer.getvalue()


def _with_input_range(
    network: bytes, name: str, mean: float, std: float, low: float, outputs: list[str]
) -> bytes:
    """Add the metadata that MediaPipe Tasks demands: pixels become ``(x - mean) / std``, low..1."""
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata
    from mediapipe.tasks.metadata import schema_py_generated as tflite

    def content(kind: int, properties: object) -> object:
        value = metadata.ContentT()
        value.contentPropertiesType, value.contentProperties = kind, properties
        return value

    kinds = metadata.ContentProperties
    image = metadata.TensorMetadataT()
    image.name = "image"
    colours = metadata.ImagePropertiesT()
    colours.colorSpace = metadata.ColorSpaceType.RGB
    image.content = content(kinds.ImageProperties, colours)
    unit = metadata.ProcessUnitT()
    unit.optionsType = metadata.ProcessUnitOptions.NormalizationOptions
    unit.options = metadata.NormalizationOptionsT()
    unit.options.mean, unit.options.std = [mean], [std]
    image.processUnits = [unit]
    image.stats = metadata.StatsT()
    image.stats.max, image.stats.min = [1.0], [low]

    graph = metadata.SubGraphMetadataT()
    graph.inputTensorMetadata, graph.outputTensorMetadata = [image], []
    for output in outputs:
        tensor = metadata.TensorMetadataT()
        tensor.name, tensor.stats = output, metadata.StatsT()
        tensor.content = content(kinds.FeatureProperties, metadata.FeaturePropertiesT())
        graph.outputTensorMetadata.append(tensor)
    model = metadata.ModelMetadataT()
    model.name, model.minParserVersion, model.subgraphMetadata = name, "1.0.0", [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"M001")

    whole = tflite.ModelT.InitFromPackedBuf(network, 0)
    stored = tflite.BufferT()
    stored.data = list(builder.Output())
    whole.buffers.append(stored)
    entry = tflite.MetadataT()
    entry.name, entry.buffer = b"TFLITE_METADATA", len(whole.buffers) - 1
    whole.metadata = [*(whole.metadata or []), entry]
    builder = flatbuffers.Builder(len(network) + 65536)
    builder.Finish(whole.Pack(builder), b"TFL3")
    return bytes(builder.Output())
