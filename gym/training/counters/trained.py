"""What every training of the arena's networks ends with: how good the counts are, and the files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

STEPS = 1500  #: about twenty minutes on one idle core for the slowest
CHECKS = 12  #: looks at the validation score in a training


def score_reps(found: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """Score counts: ``nmae``, the mean error as a share of the truth, ``obo`` within one, ``exact``."""
    away = np.abs(found - true)
    return {
        "nmae": float((away / np.maximum(true, 1)).mean()),
        "obo": float((away <= 1).mean()),
        "exact": float((away == 0).mean()),
    }


def save_network(network: nn.Module, record: dict[str, object], out: Path) -> Path:
    """Write weights in half precision, and beside them what is known of their training."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{record['name']}-seed{record['seed']}.pt"
    state = {
        key: value.half().cpu() if value.is_floating_point() else value.cpu()
        for key, value in network.state_dict().items()
    }
    raw = io.BytesIO()
    torch.save(state, raw)
    path.write_bytes(raw.getvalue())
    path.with_suffix(".json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return path
