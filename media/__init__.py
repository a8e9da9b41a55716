"""Files in, files out: time, probing, decoding, encoding, sound, settings, progress, errors."""
