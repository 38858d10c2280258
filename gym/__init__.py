"""Virtual Gym Assistant: from a video of a set to counted and judged reps.

    clip, poses = gym.session.estimate_poses(path)          # 33 joints a frame, NaN where unseen
    recognised  = gym.session.recognise(poses)              # which exercise, when, and how likely
    counted     = gym.session.count(poses, recognised)      # every counter's reps; how far they agree
    workout     = gym.session.judge(clip, poses, counted)   # findings for every rep, sets, notes

`gym.session.analyse` does all of it. Axis letters: ``T`` frames, ``J`` joints, ``A`` angles.
This package knows nothing of Streamlit, except for ``gym.ui``, which nothing else imports.
"""

__version__ = "0.1.0"
