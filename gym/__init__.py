"""Virtual Gym Assistant: from a clip of a training set to counted, judged repetitions.

    frames  = gym.video.ClipReader(clip)                  # upright pictures with true times
    poses   = gym.pose.estimate(frames)                   # 33 joints a frame, NaN where unseen
    signals = gym.features.measure_signals(poses)         # joint angles, near side, view
    count   = gym.counting.count_reps(poses, exercise)    # reps, whole and partial, and a phase curve
    report  = gym.form.judge_form(poses, count, exercise) # one finding per rule and rep

`gym.session.analyse` does all of it. Axis letters: ``T`` frames, ``J`` joints, ``A`` angles.
This package knows nothing of Streamlit, except for ``gym.ui``, which nothing else imports.
"""

__version__ = "0.1.0"
