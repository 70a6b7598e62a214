"""The flow without Prefect: stages, what they read and write, and how they are run.

- `stages`: every stage in order (start there), and the work of each.
- `run`: what a stage is, whether it is fresh, how it is run; `artefacts`: the files that stages
  hand to each other.
- `session`: the one door to a session; `context`: what a run needs beside its folder;
  `engines`: the models, loaded once; `progress`: what a person sees meanwhile.
- `results`: reads back what stages left; `outcomes`: what a batch comes to.
- `check`, `enrol`, `rewrite`: what the verbs beside ``run`` do.
"""
