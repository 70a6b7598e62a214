"""Colours of the figures: Okabe & Ito (2008), with greys."""

BLUE = "#0072b2"
SKY = "#a8d5ee"
GREEN = "#009e73"
VERMILION = "#d55e00"
PALE = "#ececec"
GREY = "#6b6b6b"
INK = "#1d1d1d"
