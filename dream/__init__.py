"""Dreams of pictures and films: a network sees motifs in them, and the picture climbs towards what it sees."""
