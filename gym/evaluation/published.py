"""The systems that counting, recognising and judging are compared with, and what was published of them.

Figures must not be mixed: the data, the protocol and even the formula differ, so each stands with its
own. "Error" is the mean absolute error as a share of the truth, "within one" the share of clips whose
count is off by at most one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One published figure: ``nmae`` and ``obo`` as shares, None where not told; how it was measured."""

    data: str
    nmae: float | None
    obo: float | None
    protocol: str


@dataclass(frozen=True)
class System:
    """One system.

    Attributes
    ----------
    title : str
        As its authors call it.
    kind : str
        "counter", "classifier" or "form".
    counter : str
        Our counter of its kind, by name; empty where there is none.
    what : str
        What it is, in a few words.
    missing : str
        Why there is no row of ours; empty where there is one.
    published : tuple of Figure
    """

    title: str
    kind: str
    counter: str
    what: str
    missing: str = ""
    published: tuple[Figure, ...] = ()


REPCOUNT = "RepCount-A, test"
_ORACLE = "for each test clip the class is kept whose count is nearest the truth: not comparable"

SYSTEMS: tuple[System, ...] = (
    System("All counters together", "counter", "agreement", "this project's vote"),
    System("Joint angles", "counter", "heuristic", "this project's rules for each exercise"),
    System("Self-similarity", "counter", "spectral", "this project's; nothing was trained"),
    System("Learned phase", "counter", "learned", "this project's; squats and push-ups"),
    System(
        "RepNet (CVPR 2020)", "counter", "repnet",
        "period of every moment from a self-similarity matrix; made repetitions", "",
        (
            Figure(REPCOUNT, 0.331, 0.533, "colour video, several speeds; told by TransRAC's authors"),
            Figure(REPCOUNT, 0.995, 0.013, "often quoted: trained again, at a single speed"),
            Figure(REPCOUNT, 0.489, 0.329, "run again by others; second-hand"),
        ),
    ),
    System(
        "TransRAC (CVPR 2022)", "counter", "transrac",
        "density from attention maps of three scales", "",
        (
            Figure(REPCOUNT, 0.443, 0.291, "colour video, 64 frames a clip; its authors divide the error "
                   "by the truth plus 0.1"),
            Figure(REPCOUNT, 0.58, 0.28, "the released weights in five users' hands, about; second-hand"),
        ),
    ),
    System(
        "SSTRAC (IEEE Access 2025)", "counter", "sstrac",
        "spatial and temporal transformer streams, then a similarity matrix and a density", "",
        (
            Figure(REPCOUNT, 0.394, 0.312, "skeletons in space, base size; its authors' page"),
            Figure(REPCOUNT, 0.373, 0.312, "the same, large"),
        ),
    ),
    System(
        "MSF-Mamba (2026)", "counter", "mamba",
        "two-way state spaces with motion differences; small gestures in colour video, never counting",
    ),
    System(
        "SPKDB-Net (CVIU 2025)", "counter", "spkdb",
        "salient poses seen by a branch for the whole body and one for its telling parts",
    ),
    System(
        "PoseRAC (2023)", "counter", "poserac",
        "single salient poses and a trigger", "",
        (
            Figure(REPCOUNT, 0.236, 0.560, f"BlazePose; {_ORACLE}"),
            Figure(REPCOUNT, 0.456, 0.458, "run again by others, the class given; second-hand"),
            Figure(REPCOUNT, 0.502, 0.461, "run again by others, the class predicted; second-hand"),
        ),
    ),
    System(
        "Joint-angle PoseRAC", "counter", "", "PoseRAC with five mean angles",
        "a variant of PoseRAC, whose row stands for it",
        (Figure(REPCOUNT, 0.211, 0.599, f"BlazePose and 5 angles; {_ORACLE}"),),
    ),
    System(
        "RACnet", "counter", "", "temporal convolutions for the start of each repetition",
        "not built",
        (Figure(REPCOUNT, 0.444, 0.393, "colour video"),),
    ),
    System(
        "ESCounts (2024)", "counter", "", "cross-attention to an exemplar, on tokens of colour video",
        "no skeleton method",
        (Figure(REPCOUNT, 0.213, 0.563, "colour video; up to 0.245 in other tables, and disputed"),),
    ),
    System(
        "Spectrogram of pose self-similarity (Hsu)", "counter", "", "nothing is trained",
        "a relative of our self-similarity",
        (
            Figure("MM-Fit", 0.06, 0.94, "its authors"),
            Figure("UI-PRMD", 0.06, 0.95, "its authors"),
        ),
    ),
    System(
        "Pose state machine", "counter", "", "thresholds on joint angles, from a public study",
        "a relative of our joint angles",
        (Figure(REPCOUNT, 0.445, 0.493, "second-hand"),),
    ),
    System(
        "GSTN (Symmetry 2022)", "classifier", "", "graph convolution and transformer",
        "a classifier, not built yet; never tested on fitness",
    ),
    System(
        "Riccio (2024)", "classifier", "", "two-way LSTM on angles and distances",
        "a classifier, not built yet; the data of its 99.24 % cannot be had",
    ),
    System(
        "Pose Trainer (2020)", "form", "", "rules, and the nearest good or bad example in time",
        "judges form, not built; 7 to 15 test clips an exercise",
    ),
    System(
        "Kowsar (2016)", "form", "", "one class of correct repetitions, worn sensors",
        "judges form, from sensors that are worn",
    ),
    System(
        "LAZIER (2022)", "form", "", "a coach with spoken feedback and a summary",
        "cannot be reproduced: neither text nor code nor data can be found; its published idea is our "
        "Live page",
    ),
)  # fmt: skip
