"""What can go wrong for a user, and what to do about it.

    GymError                 a problem the user can solve: a sentence and advice
    ├── ClipError            the clip cannot be read or used
    │   ├── ClipTooLarge     over the size or length limit
    │   └── NoVideoError     a file without pictures
    ├── NobodyInView         no person was found in any frame
    ├── WeightsError         a model file is missing, damaged or not the expected one
    ├── PoseFileError        the file is not a pose file
    ├── RecordError          the file is not the JSON of a workout
    ├── LabelsError          a table of labels that cannot be used
    ├── TeachError           nothing can be learned from a clip, or an own exercise cannot be kept
    ├── DiskFull             there is no room to write
    └── Cancelled            the user asked to stop

A programmer's mistake is a ``ValueError`` instead, with the expected and the actual value.
"""

from __future__ import annotations


class GymError(Exception):
    """A problem the user can solve, in one sentence, with advice.

    Parameters
    ----------
    message : str
        What happened, in one plain sentence.
    advice : str
        What the user can do about it.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class ClipError(GymError):
    """The clip cannot be read or used."""


class ClipTooLarge(ClipError):
    """The clip is over the size or length limit."""


class NoVideoError(ClipError):
    """The file holds no pictures."""


class NobodyInView(GymError):
    """No person was found in any frame."""


class WeightsError(GymError):
    """A model file is missing, damaged or not the expected one."""


class PoseFileError(GymError):
    """The file is not a pose file."""


class RecordError(GymError):
    """The file is not the JSON of a workout."""


class LabelsError(GymError):
    """The table of labels cannot be used."""


class TeachError(GymError):
    """Nothing can be learned from a clip, or an exercise of the user's own cannot be kept or read."""


class DiskFull(GymError):
    """There is no room left to write a file."""


class Cancelled(GymError):
    """The user asked to stop."""

    def __init__(self, message: str = "Stopped.", advice: str = "") -> None:
        super().__init__(message, advice)
