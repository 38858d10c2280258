"""Values to Plotly figures: the only home of Plotly."""
