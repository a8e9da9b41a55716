"""Films go in; the picture that belongs to the sound of this very instant comes out."""
