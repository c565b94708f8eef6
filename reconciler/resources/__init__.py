"""The kinds of AWS resources that Krampus can act on, one file a kind; `shared/` holds what kinds have in common.

In: what AWS answers, and a task's options. Out: facts, and the calls still needed with the undo of each. A kind sends
nothing, and imports the model alone, never another kind.
"""
