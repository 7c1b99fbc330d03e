"""The grammars that write the shipped texts, and that can read them back.

A grammar is ordinary code that asks a `Source` to choose. The `Writer` draws each choice at random
and puts the chosen text down; the `Reader` finds each choice in a text that is already there. Both
sum up -log2 p of what was chosen. Since the reader gets the same choices back from the text alone,
nothing is hidden in it, and the sum is what the text costs a model that knows the grammar by
heart: the floor that no model beats except by chance, or by having seen the very text before.
"""
