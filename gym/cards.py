"""Our own weights and their cards: two files with the same name that belong together.

The card (``.json``) describes the weights (any other suffix) and their accuracy. Both are written
together by `gym.training`, and neither is used without the other.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from gym.errors import WeightsError

#: Where the shipped weights are.
MODELS = Path(__file__).parents[1] / "models"


def read_weights(path: Path, advice: str) -> tuple[bytes, dict]:
    """Read a file of weights and its card, and check that the card is about these weights.

    Parameters
    ----------
    path : Path
        The weights; the card has the same name and the suffix ``.json``.
    advice : str
        What the user can do when something is wrong.

    Returns
    -------
    bytes, dict

    Raises
    ------
    WeightsError
        When a file is missing or cannot be read, or when the card's sha256 does not match.
    """
    card_path = path.with_suffix(".json")
    try:
        raw, text = path.read_bytes(), card_path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WeightsError(f"The file {Path(error.filename).name} is missing.", advice) from error
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path.name} or its card cannot be read: {error}.", advice) from error
    try:
        card = json.loads(text)
        said = card["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        message = f"The card {card_path.name} cannot be read: {error}."
        raise WeightsError(message, advice) from error
    check_equal("sha256", path, said, hashlib.sha256(raw).hexdigest(), advice)
    return raw, card


def check_equal(what: str, path: Path, said: object, found: object, advice: str) -> None:
    """Refuse weights whose card does not match.

    Raises
    ------
    WeightsError
        The message names both sides.
    """
    if said != found:
        raise WeightsError(
            f"The {what} of the weights disagree: {path.with_suffix('.json').name} says {said}, "
            f"{path.name} has {found}.",
            advice,
        )
