"""What pages are made of: with ``app.py`` and ``pages/`` the only code that knows Streamlit.

- Every page: `frame` (title, navigation), `guard` (errors in words), `home`.
- A clip: `ask` (for it and the settings), `opened` (the analysis, judged), `panels` (its result),
  `moments` (pictures of what decided), `downloads`; on Compare `compare`, `counter_table`,
  `evidence`, `scoreboard` (many clips), `score_report`, and `systems` (the table of systems).
- A live set: `live`.
- The visitor: `visitor` (which browser), `visits` (what a page keeps through reloads), `uploads`.
- The server: `clips` (files by URL), `hosts` (who may ask), `lifespan` (from start to stop), `cached`
  (what all visitors share). What of it needs no Streamlit is in `gym.server`.
- `components`: parts that run in the browser, each beside its script and style.

Nothing is imported here.
"""
