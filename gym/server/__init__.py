"""What a server needs besides its pages: jobs and their tasks, files and tokens, live sessions, memory."""
