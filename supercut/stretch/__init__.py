"""A film at another speed, with its pictures in between and its sound: slowed, hurried, made nervous, cut to a strip."""
