"""Parts of pages that run in the browser: each script beside the Python that starts it."""
