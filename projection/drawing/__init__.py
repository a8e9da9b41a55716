"""A scene and pictures go in; what a projector shows comes out: on a graphics card, or without."""
