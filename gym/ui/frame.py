"""What all pages share: the title in the browser's tab, the navigation, the look."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from gym.ui.visits import has_lost_all, restore_visit

APP_NAME = "Virtual Gym Assistant"


@dataclass(frozen=True)
class Page:
    """A page as shown in the navigation and on the home page."""

    title: str
    path: str
    purpose: str  #: one line: what a visitor can do there


#: The pages, in the order of the navigation.
PAGES = (
    Page("Home", "app.py", "What this app does, and where to start."),
    Page(
        "Analyse",
        "pages/analyse.py",
        "Upload a clip. Your reps are counted and your form is judged, and you see why.",
    ),
    Page(
        "Live",
        "pages/live.py",
        "Train in front of your camera. Each rep is counted and judged as you do it.",
    ),
    Page(
        "Compare",
        "pages/compare.py",
        "See where the rep counters differ and why, and which one is most often right.",
    ),
)

# Colours come from Streamlit's theme. This sets spacing, makes the pages fit a phone, and darkens the
# text on chart axes: Streamlit's grey is too pale to read on a light page (3.7:1).
_LOOK = """
<style>
.stMainBlockContainer { max-width: 78rem; padding-top: 4.4rem; padding-bottom: 4rem; }
.st-key-navigation { border-bottom: 1px solid rgba(127, 147, 155, .35); padding-bottom: .4rem; }
.st-key-navigation strong { white-space: nowrap; padding-right: .6rem; }
.st-key-page_links .stPageLink { margin-left: -.5rem; }
.js-plotly-plot :is(.xtick, .ytick, .g-xtitle, .g-ytitle, .annotation) text {
  fill: currentColor !important; fill-opacity: .8 !important;
}
/* Streamlit writes a chosen button's or tab's text in the primary colour: 3:1 on a dark page. */
.stButtonGroup button:is([aria-checked="true"], [aria-pressed="true"]),
.stTabs [role="tab"][aria-selected="true"], .stTabs [role="tab"][aria-selected="true"] p {
  color: inherit !important; font-weight: 600;
}
.live-figures dl { display: grid; grid-template-columns: 1fr 1fr; gap: .9rem .8rem; margin: 0;
  padding: 0; }
.live-figures dt { font-size: .875rem; opacity: .8; }
.live-figures dd { font-size: 1.6rem; font-weight: 650; line-height: 1.25; margin: 0; }
.live-figures p { margin: .9rem 0 0; }
/* As high as with its buttons from the start: they must not move under a finger. */
.st-key-live_picture iframe { display: block; min-height: 157px; }
@media (hover: hover) and (pointer: fine) { .st-key-live_camera { display: none; } }
@media (max-width: 640px) {
  .st-key-live_settings { gap: 1rem; }
  .st-key-live_settings > * { flex: 1 1 calc(50% - .5rem); min-width: calc(50% - .5rem); }
  .st-key-live_settings:has(input:disabled) > :not(.st-key-live_voice) { display: none; }
  .st-key-summary .stHorizontalBlock { gap: .5rem; }
  .st-key-summary .stColumn { min-width: calc(50% - .25rem); flex: 1 1 calc(50% - .25rem); }
  .st-key-stills .stHorizontalBlock { gap: .4rem; }
  .st-key-stills .stColumn { min-width: calc(33% - .4rem); flex: 1 1 calc(33% - .4rem); }
  .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; }
  .st-key-navigation .stElementContainer:has(strong) { display: none; }
}
</style>
"""


def begin_page(title: str, icon: str) -> None:
    """Set the page's title and draw the navigation; the first call of every page.

    Parameters
    ----------
    title : str
        As in the browser's tab.
    icon : str
        An emoji: icons by name would be loaded from another host.
    """
    tab = APP_NAME if title == "Home" else f"{title} · {APP_NAME}"
    st.set_page_config(page_title=tab, page_icon=icon, layout="wide")
    st.html(_LOOK)
    with st.container(key="navigation", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{APP_NAME}**", width="content")
        for page in PAGES:
            st.page_link(page.path, label=page.title)
    restore_visit()
    with st.container():  # there with words or without: what follows keeps its place on the page
        if title != "Home" and has_lost_all():
            st.warning(
                "**What this page had open is gone.**  \nThe server was started again, or the page "
                "was away for too long. Open your clip again."
            )
