"""The text classifier: the probabilities of rupture and repair in a turn, given those before it.

Labels and targets are those of `docs/rupture.md`, after the 3RS (Eubanks, Muran & Safran 2015).
The steps of `classifier.RuptureClassifier`, in order:

1. `text`: names replaced by places in the exchange; the turn and up to three before it as one
   sentence pair of token ids;
2. `network`: a fine-tuned BERT encoder (MiniLM, Wang et al. 2020) with a head for the label and
   one for the target, the mean of several seeds' logits;
3. `scores`: temperature scaling (Guo et al. 2017) with a shift a label, fitted on held-out
   groups, and softmax;
4. `target`: a linear model of who is addressed (names, roles, who spoke before), whose log
   probabilities are added to those of the target head.

`external` puts any sequence-classification or natural-language-inference model in its place.
"""
