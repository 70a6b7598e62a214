"""Content set as HTML (`render`) and as PDF (`pdf`), and written (`writing`)."""
