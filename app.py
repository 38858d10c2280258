"""What ``streamlit run app.py`` starts: the server with its own parts, and the home page.

Streamlit imports this file once for the server's `app`, and runs it as a script for each visit to the
home page.
"""

import streamlit as st
from starlette.middleware import Middleware

from gym.ui.clips import clip_routes
from gym.ui.guard import tell_error
from gym.ui.home import show_home
from gym.ui.hosts import HostGuard
from gym.ui.lifespan import lifespan
from gym.ui.visitor import VisitorCookie

if __name__ == "__main__":
    show_home()
else:
    app = st.App(
        __file__,
        routes=clip_routes(),
        middleware=[Middleware(HostGuard), Middleware(VisitorCookie)],
        lifespan=lifespan,
        on_script_error=tell_error,
    )
