"""Figures: what is drawn (`plots`), and the drawing of it as SVG."""
