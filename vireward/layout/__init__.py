"""What answer formats are made of: rules for tags, where they stand in a text, and the words that ask for them."""
