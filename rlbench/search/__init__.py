"""Training for programs (`run`, `decide`), and the search for as few seeds as a decision takes."""
