"""What pages are made of: with ``app.py`` and ``pages/`` the only code that knows Streamlit.

Nothing is imported here, so that a worker process can import `gym.server.jobs` without Streamlit.
"""
