"""Videos of trained policies: which runs are shown, how worlds are drawn, what is written on the pictures, encoding."""
