"""Figures: what is drawn, and the drawing of it as SVG.

- `plots`: the data of each figure; `draw` picks what draws it, and holds the smaller figures.
- `timeline`, `network`, `series`: the larger ones.
- `canvas`, `palette`, `svg`: sizes, colours, and a small SVG with the same bytes each time.
"""
