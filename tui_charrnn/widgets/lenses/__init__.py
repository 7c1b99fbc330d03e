"""What the lenses measure, as pictures made of characters, and the widgets that show them."""
