"""Who runs where, and who is finished: words -> request -> jobs -> worker processes -> results."""
