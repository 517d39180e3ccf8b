"""Jupyter notebooks: their code cells as one Python text, and changes of it written back into the cells."""
