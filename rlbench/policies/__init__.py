"""Networks, distributions and what normalises their input: theta in, actions and values and gradients out."""
