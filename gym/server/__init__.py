"""What a server needs besides its pages: long work, visits' files, live queue, memory. No Streamlit."""
