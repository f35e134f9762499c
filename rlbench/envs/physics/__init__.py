"""How worlds move: one class for each kind of machine, all with one face."""
