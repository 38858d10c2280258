"""Parts of pages that run in the browser, each beside its script, style and markup; the camera."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st


def declare_component(name: str, *before: str) -> Callable[..., Any]:
    """Declare the component whose ``.html``, ``.css`` and ``.js`` of that name lie in this folder.

    Scripts named in ``before`` are put before its own: a component has only one.
    """
    paths = {kind: Path(__file__).with_name(f"{name}.{kind}") for kind in ("html", "css", "js")}
    parts = {
        kind: path.read_text(encoding="utf-8") for kind, path in paths.items() if path.exists()
    }
    scripts = [Path(__file__).with_name(f"{one}.js").read_text(encoding="utf-8") for one in before]
    if "js" in parts:
        parts["js"] = "\n".join([*scripts, parts["js"]])
    return st.components.v2.component(f"virtual_gym.{name}", **parts)
