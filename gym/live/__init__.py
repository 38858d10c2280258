"""A set before the camera: placing the athlete, counting and judging as they move, the recording."""
