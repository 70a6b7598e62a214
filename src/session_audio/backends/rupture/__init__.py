"""The text classifier: the probabilities of rupture and repair in a turn, given those before it.

Labels and targets are those of `docs/rupture.md`, after the 3RS (Eubanks, Muran & Safran 2015).
The steps of `classifier.RuptureClassifier`, in order:

1. Turns that follow one another are put together (`conversation.windows`).  A conversation is
   read by `conversation`: an MPNet encoder (Song et al. 2020) with trained low-rank layers, over
   windows of some 30 turns, with heads for the label and the target of each turn;
2. a turn by itself, with up to three before it, by `alone`: a fine-tuned BERT encoder (MiniLM,
   Wang et al. 2020), the mean of several seeds' logits; it has a part in conversations too
   (`joint`).  Both see names as places (`text`);
3. `scores`: temperature scaling (Guo et al. 2017) with a shift a label, fitted on held-out
   talk, and softmax;
4. `target`: a linear model of who is addressed (names, roles, who spoke before), whose log
   probabilities are added to those of the target head.

`external` puts any sequence-classification or natural-language-inference model in its place.
"""
