"""What a server needs besides its pages: jobs, files and their tokens, live sessions, memory."""
