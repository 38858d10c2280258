"""What is drawn into pictures: the skeleton, the state of a set, and how to stand before it."""
