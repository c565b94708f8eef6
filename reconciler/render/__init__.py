"""Plain data to text: templates, escaping for each context, links.

In: strings, numbers, times, lists and mappings. Out: text in which nothing that came from outside is active. It imports
the model and the reader of the checkout, and no stage.
"""
