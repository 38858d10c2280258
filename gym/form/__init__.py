"""Form: every rule of the exercise, applied to every rep, or to a hold from its beginning to its end.

measures/    what rules are about: a number in each frame, and which frames decide
camera.py    from where a set is seen: direction, tilt, distance
verdicts.py  a value beside its limits
reps.py      every rule for every rep        holds.py  the same for what is held

What was not seen (NaN) and camera views that do not show what is measured give the verdict "not
judgeable".
"""

from gym.form.camera import UNKNOWN_SIZE
from gym.form.holds import follow_rule, judge_holds
from gym.form.reps import judge_form

__all__ = ["UNKNOWN_SIZE", "follow_rule", "judge_form", "judge_holds"]
