"""Content set as HTML and as PDF, and written."""
