"""A coach's report as plain values, and back; what is not known is None, and NaN again."""

from __future__ import annotations

from collections.abc import Sequence

from gym.export.fields import MAX_TIME_S, Part, refuse, round_known
from gym.schema import CoachReport, Fading, OddRep, RepReport, RepTempo, SetReport

#: What came to schema 1 with the report, so that earlier files lack it.
ADDED = (
    *("tempo", "range_out", "range_share", "travel_trunks", "speed", "trunk_speed"),
    *("speed_loss", "left_right", "side", "set_reports"),
)
_TEMPO = ("eccentric_s", "pause_s", "concentric_s", "rest_s")
_REP = (
    *("range_out", "range_share", "travel_trunks", "speed", "trunk_speed"),
    *("speed_loss", "left_right"),
)
_SET = (
    *("tension_s", "range_spread", "duration_spread", "speed_loss", "speed_loss_sd"),
    *("left_right", "left_right_sd"),
)
_FADING = ("change", "low", "high", "p_value")


def from_rep_report(report: RepReport) -> dict[str, object]:
    """Convert what was measured of one rep to plain values."""
    return {
        "tempo": {name: round_known(getattr(report.tempo, name), 3) for name in _TEMPO},
        **{name: round_known(getattr(report, name)) for name in _REP},
        "side": report.side,
    }


def from_set_report(report: SetReport) -> dict[str, object]:
    """Convert the report of one set to plain values."""
    return {
        "start_s": round_known(report.start_s, 3),
        "end_s": round_known(report.end_s, 3),
        "first_rep": int(report.first_rep),
        "last_rep": int(report.last_rep),
        "unit": report.unit,
        **{name: round_known(getattr(report, name)) for name in _SET},
        "best_rep": report.best_rep,
        "worst_rep": report.worst_rep,
        "fading": [
            {"what": one.what} | {name: round_known(getattr(one, name)) for name in _FADING}
            for one in report.fading
        ],
        "compared": int(report.compared),
        "odd": [
            {
                "number": int(one.number),
                "joint": one.joint,
                "time_s": round_known(one.time_s, 3),
                "share": round_known(one.share),
                "difference_deg": round_known(one.difference_deg, 1),
                "distance": round_known(one.distance),
            }
            for one in report.odd
        ],
    }


def to_report(whole: Part, reps: Sequence[Part]) -> CoachReport:
    """Read the report of a file that may come from anywhere.

    Raises
    ------
    RecordError
        Something is not what it should be.
    """
    sets = whole.items("set_reports", Part.part) if whole.knows("set_reports") else ()
    return CoachReport(
        tuple(_to_rep_report(part) for part in reps),
        tuple(_to_set_report(part, len(reps)) for part in sets),
    )


def _to_rep_report(part: Part) -> RepReport:
    """Read what was measured of one rep."""
    tempo = RepTempo()
    if part.knows("tempo"):
        found = part.part("tempo")
        tempo = RepTempo(*(found.number(name, 0.0, MAX_TIME_S) for name in _TEMPO))
    return RepReport(tempo, *(part.number(name) for name in _REP), part.text("side", ""))


def _to_set_report(part: Part, reps: int) -> SetReport:
    """Read the report of one set of a file with so many reps."""
    report = SetReport(
        *part.times_s("start_s", "end_s"),
        part.whole("first_rep"),
        part.whole("last_rep"),
        part.text("unit"),
        *(part.number(name) for name in _SET),
        part.whole("best_rep", None),
        part.whole("worst_rep", None),
        tuple(
            Fading(one.text("what"), *(one.number(name) for name in _FADING))
            for one in part.items("fading", Part.part)
        ),
        tuple(
            OddRep(
                one.whole("number"),
                one.text("joint"),
                one.number("time_s", 0.0, MAX_TIME_S),
                one.share("share"),
                one.number("difference_deg", -360.0, 360.0),
                one.number("distance", 0.0),
            )
            for one in part.items("odd", Part.part)
        ),
        part.whole("compared"),
    )
    named = [report.best_rep, report.worst_rep, *(odd.number for odd in report.odd)]
    numbers = [report.first_rep, report.last_rep, *(n for n in named if n is not None)]
    if not 1 <= min(numbers) <= max(numbers) <= reps or report.last_rep < report.first_rep:
        raise refuse("its set reports name reps that it does not list")
    return report
