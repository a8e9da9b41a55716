"""Sound and words in; when each word and speech sound is said, how it sounds, and what lies between the words, out."""
