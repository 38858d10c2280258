"""From a file to frames with true times, and back: the only home of FFmpeg besides the camera."""
