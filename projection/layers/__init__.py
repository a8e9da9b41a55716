"""What is shown: films, pictures, cameras, words, patterns, and pictures of other programs."""
