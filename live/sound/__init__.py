"""Sound goes out: what plays, how loud, and where it is by now."""
