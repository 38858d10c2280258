"""Virtual Gym Assistant: from a clip of a training set to counted, judged repetitions.

    clip, poses = gym.session.estimate_poses(path)         # 33 joints a frame, NaN where unseen
    recognised  = gym.session.recognise(poses)             # which exercise, when, and how sure
    signals     = gym.features.measure_signals(poses)      # joint angles, near side, camera view
    count       = gym.counting.count_reps(poses, exercise) # reps, whole and partial, a phase curve
    report      = gym.form.judge_form(poses, signals, count.reps, exercise, {})  # findings a rep

`gym.session.analyse` does all of it. Axis letters: ``T`` frames, ``J`` joints, ``A`` angles.
This package knows nothing of Streamlit, except for ``gym.ui``, which nothing else imports.
"""

__version__ = "0.1.0"
