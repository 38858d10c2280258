"""What ``streamlit run app.py`` starts: the server's own routes, and the home page.

Streamlit imports this file once for the server's `app`, and runs it as a script for each visit to the
home page.
"""

import streamlit as st

from gym.ui.clips import clip_routes, keep_house
from gym.ui.home import show_home

if __name__ == "__main__":
    show_home()
else:
    app = st.App(__file__, routes=clip_routes(), lifespan=keep_house)
