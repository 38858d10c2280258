"""What a server needs besides its pages: long work, its queue, memory. No Streamlit."""
