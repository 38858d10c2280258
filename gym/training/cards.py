"""Writes weights with their card, for code and for people; `gym.cards` reads them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from gym.files import write_whole


def describe_weights(name: str, raw: bytes, parameters: int) -> dict[str, object]:
    """Return how every card begins: what the weights are called, their sha256 and their size."""
    sha256 = hashlib.sha256(raw).hexdigest()
    return {"name": name, "sha256": sha256, "bytes": len(raw), "parameters": parameters}


def write_weights(path: Path, raw: bytes, card: dict, to_markdown: Callable[[dict], str]) -> None:
    """Write a file of weights and its card beside it, ``.json`` and ``.md``; NaN becomes null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, raw)
    text = json.dumps(card, indent=1).replace("NaN", "null")
    write_whole(path.with_suffix(".json"), f"{text}\n".encode())
    write_whole(path.with_suffix(".md"), to_markdown(card).encode())


def to_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
