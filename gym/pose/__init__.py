"""Pictures to poses: the only home of MediaPipe, and of its weights."""
