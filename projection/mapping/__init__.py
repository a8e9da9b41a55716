"""Keys, a mouse or a telephone go in; surfaces come out that fit what they are projected on."""
