"""The report on several clips: which counter was right, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from gym.evaluation.report import LONG_REPS, error_of
from gym.evaluation.scoreboard import read_report
from gym.exercises import title_of
from gym.files import disarm_cell
from gym.ui.compare import counter_title
from gym.ui.guard import plain

EXERCISE_WORDS = {"given": "as labelled", "auto": "as recognised"}
_LIKELY_CHANCE = 0.05
_BESIDE_EACH_OTHER = 4  #: so many choices fit on a phone


def show_report(folder: Path, what: str) -> None:
    """Show the scoreboard, the tests between the counters, the clips one by one, and the files.

    Parameters
    ----------
    folder : Path
        Where `gym.evaluation.scoreboard.score_clips` left its report.
    what : str
        What was counted, as the user named it.
    """
    report = read_report(folder)
    exercise = EXERCISE_WORDS[report["exercise"]]
    st.caption(f"{plain(what)} · {len(report['clips'])} clips · exercise {exercise}")
    failed = [row for row in report["clips"] if row["error"]]
    st.subheader("Scoreboard")
    groups = list(report["paired"])
    group = "all"
    if len(groups) > 2:  # "all" and more than one exercise
        group = _ask_group(groups)
    st.dataframe(score_table(report["methods"], group), hide_index=True, key="scores")
    st.caption(
        "In brackets: 95% bootstrap intervals. A clip that failed counts as 0 reps. "
        f"Clips with more than {LONG_REPS} reps are listed separately."
    )
    st.markdown("\n".join(f"- {line}" for line in paired_lines(report["paired"][group])))
    if report["long_clips"]:
        with st.expander("Long clips"):
            st.dataframe(
                score_table(report["long_clips"], "all"), hide_index=True, key="long_scores"
            )
    st.subheader("Clip by clip")
    if failed:
        lines = "".join(f"\n- {plain(row['id'])}: {plain(row['error'])}" for row in failed)
        st.warning(f"{len(failed)} of {len(report['clips'])} clips were not counted:{lines}")
    st.dataframe(clip_table(report["clips"]), hide_index=True, key="scored_clips")
    _show_files(folder)


def _ask_group(groups: list[str]) -> str:
    """Ask which exercise's scores to show; more than a few do not fit beside each other."""
    look = {"format_func": lambda name: "All" if name == "all" else title_of(name)}
    look |= {"key": "scored_group", "label_visibility": "collapsed"}
    if len(groups) > _BESIDE_EACH_OTHER:
        return st.selectbox("Exercise", groups, width=260, **look)
    return st.segmented_control("Exercise", groups, default="all", required=True, **look)


def score_table(methods: Mapping[str, Mapping], group: str) -> pd.DataFrame:
    """Return a row for each counter that has scores for a group of clips, the best first."""
    scores = {name: by_group[group] for name, by_group in methods.items() if group in by_group}
    rows = [
        {
            "Counter": counter_title(name),
            "Clips": score["n"],
            "Mean error": _interval(score["mae"], "{:.2f}"),
            "Exact": _interval(score["exact"], "{:.0%}"),
            "Within one": _interval(score["obo"], "{:.0%}"),
            "Bias": _interval(score["bias"], "{:+.2f}"),
        }
        for name, score in sorted(scores.items(), key=lambda item: _mean_error(item[1]))
    ]
    return pd.DataFrame(rows)


def _mean_error(score: Mapping) -> float:
    """Return the mean error to sort by; infinite where no clip was scored."""
    value = score["mae"]["value"]
    return float("inf") if value is None else value


def paired_lines(pairs: Sequence[Mapping]) -> list[str]:
    """Say for every two counters which was closer to the true counts, and if that may be chance."""
    lines = []
    for pair in pairs:
        if not pair["n"]:
            continue
        less, (low, high) = pair["difference"]["value"], pair["difference"]["interval"]
        better, worse = pair["second"], pair["first"]
        wins = pair["second_better"], pair["first_better"]
        if less <= 0:  # the first one has the smaller errors: swap them
            better, worse, wins = worse, better, wins[::-1]
            less, low, high = -less, -high, -low
        names = f"**{counter_title(better)}** against **{counter_title(worse)}**"
        if wins == (0, 0):
            lines.append(f"{names}: equally close to the true count on all {pair['n']} clips.")
            continue
        doubt = "may be chance" if pair["p"] >= _LIKELY_CHANCE else "unlikely to be chance"
        lines.append(
            f"{names}: mean error smaller by {less + 0:.2f} [{low + 0:.2f}, {high + 0:.2f}]; closer "
            f"on {wins[0]} and further off on {wins[1]} of {pair['n']} clips; p = {pair['p']:.3f}, "
            f"{doubt} (paired permutation test)."
        )
    return lines


def clip_table(rows: Sequence[Mapping]) -> pd.DataFrame:
    """Return a row for each clip: the true count, and every counter's count with its error."""
    table = []
    for row in rows:
        truth = f"{row['reps']}" + (f" or {row['reps_alt']}" if row["reps_alt"] is not None else "")
        counts = {
            counter_title(name): _count_words(count, error_of(row, count))
            for name, count in row["counts"].items()
        }
        table.append(
            {
                # The table can be downloaded: see `to_csv`.
                "Clip": disarm_cell(row["id"]),
                "Exercise": disarm_cell(title_of(row["exercise"])),
                "True": truth,
                **counts,
                "Recognised": title_of(row["label"]) if row["label"] else "–",
                "Seconds": row["seconds"],
            }
        )
    return pd.DataFrame(table)


def _count_words(count: int, error: int) -> str:
    """Return a count with a sign and its error.

    >>> _count_words(5, 0), _count_words(4, -1)
    ('✓ 5', '✗ 4 (-1)')
    """
    return f"✓ {count}" if error == 0 else f"✗ {count} ({error:+d})"


def _interval(score: Mapping, pattern: str) -> str:
    """Return a figure with its interval in brackets; a dash where there is none."""
    if score["value"] is None:
        return "–"
    low, high = (pattern.format(edge) for edge in score["interval"])
    return f"{pattern.format(score['value'])} [{low}, {high}]"


def _show_files(folder: Path) -> None:
    """Offer the report as files."""
    with st.container(horizontal=True, gap="small"):
        for label, name, mime in (
            ("Report (JSON)", "report.json", "application/json"),
            ("Clips (CSV)", "clips.csv", "text/csv"),
        ):
            st.download_button(
                label,
                (folder / name).read_bytes,
                file_name=name,
                mime=mime,
                on_click="ignore",
                key=f"scores_{name}",
            )
