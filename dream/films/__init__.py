"""Films: every frame is dreamed, and the dream is carried along by what moves."""
