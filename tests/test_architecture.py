"""Which code may know which library, and what every public name owes its reader."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APP = ("app.py", "pages/", "gym/ui/")

#: The homes of each library: files, or folders with everything in them.
HOMES = {
    "streamlit": APP,
    "streamlit_webrtc": APP,
    "mediapipe": ("gym/pose/",),
    "av": ("gym/media/", "gym/ui/components/camera.py"),
    "cv2": ("gym/media/", "gym/drawing/"),
    "torch": (
        "gym/recognition/",
        "gym/counting/learned.py",
        "gym/counting/networks/",
        "gym/training/",
    ),
    "plotly": ("gym/charts/",),
    "sklearn": ("gym/comparing/", "gym/training/"),
    "dtaidistance": ("gym/comparing/",),
    "psutil": ("gym/bench.py",),
}
#: What opens the home page, a pose file or a kept analysis, and so must come quickly.
LIGHT = (
    "gym",
    "gym.__main__",
    "gym.session",
    "gym.recognition",
    "gym.export.record",
    "gym.export.tables",
    "gym.export.film",
    "gym.posefiles.analysis",
    "gym.pose.weights",
    "gym.server.folders",
    "gym.server.jobs",
    "gym.server.live_queue",
    "gym.server.live_ticket",
    "gym.server.tokens",
)
HEAVY = ("streamlit", "torch", "mediapipe", "av", "cv2", "plotly", "scipy", "pandas", "sklearn")


#: Rooms, and what they may not know.
NEVER = (
    ("gym/athlete/", "gym.ui"),
    ("gym/counting/", "gym.session"),
    ("gym/evaluation/", "gym.training"),
    ("gym/exercises/", "gym.counting"),
    ("gym/live/", "gym.server"),
    ("gym/server/", "gym.ui"),
    ("gym/ui/", "gym.training"),
    ("pages/", "gym.training"),
)
LONGEST_MODULE, LONGEST_PAGE = 450, 80  #: lines


def list_sources(*folders: str) -> list[Path]:
    """Return the product's Python files below some of its folders, or all."""
    places = [ROOT / folder for folder in folders or ("gym", "pages")]
    found = [path for place in places for path in sorted(place.rglob("*.py"))]
    return found if folders else [ROOT / "app.py", *found]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def list_imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, at its top or inside a function."""
    package = list(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def is_at_home(path: Path, homes: tuple[str, ...]) -> bool:
    name = name_of(path)
    return any(name.startswith(home) if home.endswith("/") else name == home for home in homes)


def test_the_walk_sees_imports_of_every_form(tmp_path: Path, monkeypatch) -> None:
    source = tmp_path / "gym" / "ui" / "some.py"
    source.parent.mkdir(parents=True)
    source.write_text(
        "import av.video as v\ndef f():\n    from torch import nn\nfrom ..pose import a"
    )
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert set(list_imports(source)) == {
        "av.video",
        "torch",
        "torch.nn",
        "gym.pose",
        "gym.pose.a",
    }


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_at_home(library: str) -> None:
    strays = [
        name_of(path)
        for path in list_sources()
        if any(is_within(name, library) for name in list_imports(path))
        and not is_at_home(path, HOMES[library])
    ]
    assert not strays, f"{library} belongs to {HOMES[library]}"


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def room_of(module: str) -> str:
    """Return the folder or file directly below ``gym`` that a module lies in."""
    return ".".join(module.split(".")[:2])


def draw_graph() -> dict[str, set[str]]:
    """Return which of our modules each of our modules imports, at its top or inside a function."""
    paths = {module_of(path): path for path in list_sources()}
    graph: dict[str, set[str]] = {}
    for module, path in paths.items():
        found = set(list_imports(path))
        # `from gym.schema import Rep` also names gym.schema.Rep, which is no module.
        graph[module] = {name for name in found if name in paths} - {module}
    return graph


def test_no_module_and_no_room_imports_itself_by_a_circle() -> None:
    modules = draw_graph()
    rooms: dict[str, set[str]] = {}
    for module, others in modules.items():
        rooms.setdefault(room_of(module), set()).update(room_of(other) for other in others)
    for graph in (modules, {room: others - {room} for room, others in rooms.items()}):
        assert len(list(TopologicalSorter(graph).static_order())) >= len(graph)  # or a CycleError


def test_a_circle_is_found() -> None:
    with pytest.raises(CycleError):
        list(TopologicalSorter({"a": {"b"}, "b": {"c"}, "c": {"a"}}).static_order())


def list_defined(path: Path) -> set[str]:
    """Return the names that a module defines itself, at its top."""
    body = ast.parse(path.read_bytes()).body
    stored = (n for top in body for n in ast.walk(top) if isinstance(n, ast.Name))
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)} | {
        top.name for top in body if isinstance(top, named)
    }


def test_every_name_is_imported_from_where_it_is_defined() -> None:
    paths = {module_of(path): path for path in list_sources() if path.name != "__init__.py"}
    defined = {module: list_defined(path) for module, path in paths.items()}
    strays = [
        f"{name_of(path)}: {module}.{alias.name}"
        for path in list_sources()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ImportFrom) and (module := node.module) in defined
        for alias in node.names
        if alias.name not in defined[module]
    ]
    assert not strays


@pytest.mark.parametrize(("room", "never"), NEVER)
def test_a_room_keeps_to_itself(room: str, never: str) -> None:
    strays = [
        name_of(path)
        for path in list_sources()
        if name_of(path).startswith(room)
        and any(is_within(name, never) for name in list_imports(path))
    ]
    assert not strays


def test_every_file_can_be_read_in_one_sitting() -> None:
    long = {
        name_of(path): lines
        for path in list_sources()
        if (lines := len(path.read_text().splitlines()))
        > (LONGEST_PAGE if name_of(path).startswith("pages/") else LONGEST_MODULE)
    }
    assert not long


def test_nothing_but_the_app_imports_the_user_interface() -> None:
    strays = [
        name_of(path)
        for path in list_sources("gym")
        if any(is_within(name, "gym.ui") for name in list_imports(path))
        and not is_at_home(path, ("gym/ui/",))
    ]
    assert not strays


def test_training_stays_out_of_the_application() -> None:
    offline = ("gym/training/", "gym/__main__.py")
    strays = [
        name_of(path)
        for path in list_sources()
        if any(is_within(name, "gym.training") for name in list_imports(path))
        and not is_at_home(path, offline)
    ]
    assert not strays


def test_importing_is_light() -> None:
    script = (
        "import importlib, json, sys\n"
        "found = {}\n"
        f"for name in {LIGHT}:\n"
        "    importlib.import_module(name)\n"
        f"    found[name] = [m for m in {HEAVY} if m in sys.modules]\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {name: [] for name in LIGHT}
    assert not done.stderr


def list_public(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield a module's public functions and classes, and their public methods."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    inner
                    for inner in node.body
                    if isinstance(inner, kinds) and not inner.name.startswith("_")
                )


def test_every_public_name_says_what_it_does() -> None:
    silent = []
    for path in list_sources():
        tree = ast.parse(path.read_bytes())
        if tree.body and not ast.get_docstring(tree):
            silent.append(name_of(path))
        silent += [
            f"{name_of(path)}:{node.lineno} {node.name}"
            for node in list_public(tree)
            if not ast.get_docstring(node)
        ]
    assert not silent


def test_every_fragment_shows_its_own_errors() -> None:
    """Streamlit calls a fragment again without the page around it, and so without its guard."""
    bare = [
        f"{name_of(path)}:{node.lineno}"
        for path in list_sources()
        if name_of(path) != "gym/ui/guard.py"
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Attribute) and node.attr == "fragment"
    ]
    assert not bare, "decorate with gym.ui.guard.guarded_fragment instead"


def test_nothing_prints() -> None:
    printing = [
        f"{name_of(path)}:{node.lineno}"
        for path in list_sources()
        if name_of(path) != "gym/__main__.py"
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not printing


def test_nothing_that_is_read_can_run_code() -> None:
    risky = []
    for path in list_sources():
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                options = {word.arg: ast.unparse(word.value) for word in node.keywords}
                if (
                    called.startswith("pickle.")
                    or options.get("allow_pickle", "False") != "False"
                    or (called == "torch.load" and options.get("weights_only") != "True")
                ):
                    risky.append(f"{name_of(path)}:{node.lineno} {called}")
    assert not risky
