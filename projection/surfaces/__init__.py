"""Where pictures land: quads, grids, masks and soft edges, and the file that they are kept in."""
