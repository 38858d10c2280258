"""A rendered athlete whose movements are known exactly: for the sample clip and for tests.

    mesh  = gym.athlete.mesh.read_mesh()            # a MakeHuman body (CC0), dressed; cached
    motion = gym.athlete.motion.squat_set(body, reps) # postures over time, with the true angles and reps
    scene = gym.athlete.scene.Scene(mesh, camera)   # a training room
    image = scene.draw(posture)                     # uint8 (H, W, 3), one picture

`gym.athlete.sample.write_sample` does all of it. The same command always gives the same motion;
nothing is random. `gym.athlete.stick_figure` is the plain figure that training's and the tests'
motions are made with. Axes, throughout: metres, x to the athlete's left, y up, z forward, the floor
at y = 0. Nothing here is used while a clip is analysed.
"""
