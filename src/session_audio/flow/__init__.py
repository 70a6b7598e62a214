"""The flow without Prefect: stages, what they read and write, and how they are run."""
