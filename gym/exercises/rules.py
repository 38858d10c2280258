"""How an exercise is described: how it starts, what makes a rep, and the rules for good form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gym.exercises.signals import Signal, Travel
from gym.exercises.stays import Stay

LEVEL_TILT_DEG = 45.0  #: a trunk tilted by more than this is closer to lying than to standing


class Posture(StrEnum):
    """How the body is held at the start of an exercise."""

    STANDING = "standing"
    ON_HANDS = "on hands"  #: face down, level with the floor
    LYING = "lying"
    HANGING = "hanging"
    SITTING = "sitting"

    @property
    def is_level(self) -> bool:
        """Whether the trunk is closer to lying than to standing."""
        return self in (Posture.ON_HANDS, Posture.LYING)


class Kind(StrEnum):
    """Whether an exercise is counted or timed."""

    REPS = "reps"
    HOLD = "hold"


@dataclass(frozen=True)
class FormRule:
    """One thing a coach looks at in every rep.

    Attributes
    ----------
    code : str
        "exercise.what", as in the JSON files.
    name : str
        As shown to users.
    measure : str
        The name of a measure in `gym.form.measures.MEASURES`.
    unit : str
        The measure's unit.
    limits : (pass_limit, fail_limit)
        At or better than the first: pass; worse than the second: fail; between: borderline. If the
        first is larger, more is better. A rule with ``fault_below`` ignores the sign of the measure.
    views : tuple of str
        The camera views from which it can be judged; from other views it is "not judgeable".
    cue, why : str
        What to do, in a few words; and why it matters, in a sentence.
    source : str
        Where the limits come from; never blank.
    fault : str
        The name of the fault, as in ``form.frame_share``.
    cue_below, fault_below : str
        The cue and the fault for negative values, if a measure can be off in both directions.
    measures_depth : bool
        Whether the measure is how deep a rep goes. Its fault makes a rep shallow, and is none of posture.
    in_frame_share : bool
        Whether ``form.frame_share`` always tells its fault, and is told only of reps in which it was
        judged. The faults of other rules are told where there are any.
    """

    code: str
    name: str
    measure: str
    unit: str
    limits: tuple[float, float]
    views: tuple[str, ...]
    cue: str
    why: str
    source: str
    fault: str
    cue_below: str = ""
    fault_below: str = ""
    measures_depth: bool = False
    in_frame_share: bool = False


@dataclass(frozen=True)
class Exercise:
    """What we believe about one exercise.

    A rep goes *out* from rest to the turn, and *back*. In a squat out is down; in a pull-up it is up.

    Attributes
    ----------
    name, title : str
        The name in files, and the name shown to users.
    plural : str
        The title of several, in the middle of a sentence.
    start : Posture
        The posture between reps.
    start_advice : str
        What to tell somebody who is in another posture before the set.
    silhouette : str
        The outline to step into: a drawing in ``gym/exercises/silhouettes``, without its ".svg".
    best_view : str
        Where the camera sees most: "side", "diagonal", "front" or "rear".
    main_angles : tuple of str
        The joints whose angles tell most about it, drawn in charts at once; the first tells most.
    signal : Signal
        What a counter watches. Of a hold: what has to stay as it is, and by how much it may change.
    travel : Travel or None
        What else has to move; None where nothing does.
    trunk_tilt_deg : (low, high)
        The range of the trunk's angle from the vertical at rest.
    turn_tilt_deg : (low, high)
        The same at the turn.
    rep_s : (fastest, slowest)
        How long one rep takes, in seconds; the shortest and longest hold that is told.
    rules : tuple of FormRule
    kind : Kind
    ways : (out, back)
        What people call the two halves of a rep.
    from_turn : bool
        Whether a set may begin at the turn: a deadlift begins on the floor, and its first rep has only
        the way back.
    held : tuple of Stay
        Of a hold: what makes the posture, besides the trunk.
    variant_of, variant : str
        Files tell it as that exercise, and as which variant of it; both empty of one that is its own.
    """

    name: str
    title: str
    plural: str
    start: Posture
    start_advice: str
    silhouette: str
    best_view: str
    main_angles: tuple[str, ...]
    signal: Signal
    travel: Travel | None
    trunk_tilt_deg: tuple[float, float]
    turn_tilt_deg: tuple[float, float]
    rep_s: tuple[float, float]
    rules: tuple[FormRule, ...]
    kind: Kind = Kind.REPS
    ways: tuple[str, str] = ("down", "up")
    from_turn: bool = False
    held: tuple[Stay, ...] = ()
    variant_of: str = ""
    variant: str = ""

    @property
    def lifts_first(self) -> bool:
        """Whether the way out is the effort: the concentric half of a pull-up comes first."""
        return self.ways[0] == "up"
