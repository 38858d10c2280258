"""Virtual Gym Assistant: from a video of a set to counted and judged reps.

    clip, poses = gym.session.estimate_poses(path)         # 33 joints a frame, NaN where unseen
    recognised  = gym.session.recognise(poses)             # which exercise, when, and how likely
    signals     = gym.features.measure_signals(poses)      # joint angles, near side, camera view
    count       = gym.counting.count_reps(poses, exercise) # whole and partial reps, and a phase curve
    report      = gym.form.judge_form(poses, signals, count.reps, exercise, {})  # findings a rep

`gym.session.analyse` does all of it. Axis letters: ``T`` frames, ``J`` joints, ``A`` angles.
This package knows nothing of Streamlit, except for ``gym.ui``, which nothing else imports.
"""

__version__ = "0.1.0"
